{{/* It reaches what a stage reaches, by the same account; so it bears a stage's labels, which network policies go by. */}}
{{- define "clipmill.toolboxPod" -}}
{{- $image := include "clipmill.image" (dict "root" . "image" .Values.migration.image "name" "clipmill-cli") -}}
apiVersion: v1
kind: Pod
metadata:
  name: {{ include "clipmill.fullname" . }}-toolbox
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "clipmill.labels" (list . "stage") | nindent 4 }}
spec:
  restartPolicy: Never
  serviceAccountName: {{ include "clipmill.serviceAccountName" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: 1
  {{- with include "clipmill.pullSecrets" (list . .Values.migration.image.pullSecrets) }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with include "clipmill.placement" .Values.services }}
  {{- . | nindent 2 }}
  {{- end }}
  securityContext:
    {{- toYaml .Values.stageDefaults.podSecurityContext | nindent 4 }}
  containers:
    - name: toolbox
      image: {{ $image | quote }}
      imagePullPolicy: {{ .Values.migration.image.pullPolicy | default .Values.images.pullPolicy }}
      {{- /* Who forgets it finds it gone the next day. */}}
      command: [sleep, 8h]
      env:
        {{- include "clipmill.catalogEnv" . | nindent 8 }}
        {{- include "clipmill.storeEnv" . | nindent 8 }}
      resources:
        {{- toYaml .Values.toolbox.resources | nindent 8 }}
      securityContext:
        {{- toYaml .Values.stageDefaults.securityContext | nindent 8 }}
      volumeMounts:
        - name: scratch
          mountPath: /scratch
        {{- with include "clipmill.caMounts" . | trim }}
        {{- . | nindent 8 }}
        {{- end }}
  volumes:
    - name: scratch
      emptyDir:
        sizeLimit: 1Gi
    {{- with include "clipmill.caVolumes" . | trim }}
    {{- . | nindent 4 }}
    {{- end }}
{{- end -}}
