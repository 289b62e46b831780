{{/* The settings of a stage: its own laid over stageDefaults, key by key; false, 0 and "" count, and a list replaces a
list. As JSON. `dict "base" MAP "over" MAP` */}}
{{- define "clipmill.overlay" -}}
{{- $result := deepCopy .base -}}
{{- range $key, $value := .over -}}
{{- $below := get $result $key -}}
{{- if and (kindIs "map" $value) (kindIs "map" $below) -}}
{{- $value = include "clipmill.overlay" (dict "base" $below "over" $value) | fromJson -}}
{{- end -}}
{{- $_ := set $result $key $value -}}
{{- end -}}
{{- toJson $result -}}
{{- end -}}

{{/* Bytes of a quantity such as 20Gi. */}}
{{- define "clipmill.bytes" -}}
{{- $units := dict "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- mul (regexFind "^[0-9]+" .) (get $units (regexFind "[A-Z]i$" .)) -}}
{{- end -}}

{{/* What a stage asks for, with its GPUs; and with its scratch, so that it goes to a node that has the room. */}}
{{- define "clipmill.stageResources" -}}
{{- $limits := .resources.limits | default dict -}}
{{- $requests := .resources.requests | default dict -}}
{{- if .gpu.count -}}
{{- $limits = merge (dict .gpu.resourceName (.gpu.count | int)) $limits -}}
{{- end -}}
{{- if not (or .scratch.storageClass .scratch.medium) -}}
{{- $requests = merge $requests (dict "ephemeral-storage" .scratch.sizeLimit) -}}
{{- end -}}
{{- merge (dict "limits" $limits "requests" $requests) .resources | toYaml -}}
{{- end -}}

{{/* One complete Pod manifest. `dict "root" $ "name" "split"` */}}
{{- define "clipmill.stagePod" -}}
{{- $stage := include "clipmill.overlay" (dict "base" .root.Values.stageDefaults "over" (get .root.Values.stages .name)) | fromJson -}}
{{- $image := include "clipmill.image" (dict "root" .root "image" $stage.image "name" (printf "clipmill-%s" .name)) -}}
apiVersion: v1
kind: Pod
metadata:
  name: {{ include "clipmill.fullname" .root }}-{{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "clipmill.labels" (list .root "stage") | nindent 4 }}
    clipmill.dev/stage: {{ .name }}
    {{- with $stage.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    clipmill.dev/startup-timeout-s: {{ $stage.startupTimeoutSeconds | int | quote }}
    {{- with $stage.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  restartPolicy: Never
  serviceAccountName: {{ $stage.serviceAccountName | default (include "clipmill.serviceAccountName" .root) }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ $stage.terminationGracePeriodSeconds | int }}
  {{- with include "clipmill.pullSecrets" (list .root $stage.image.pullSecrets) }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with $stage.priorityClassName | default (include "clipmill.stagePriorityClass" .root) }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with $stage.runtimeClassName }}
  runtimeClassName: {{ . }}
  {{- end }}
  {{- range $key := list "nodeSelector" "tolerations" "affinity" }}
  {{- with get $stage $key }}
  {{ $key }}:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
  securityContext:
    {{- toYaml $stage.podSecurityContext | nindent 4 }}
  containers:
    - name: stage
      image: {{ $image | quote }}
      imagePullPolicy: {{ $stage.image.pullPolicy | default .root.Values.images.pullPolicy }}
      env:
        {{- include "clipmill.catalogEnv" .root | nindent 8 }}
        - name: CLIPMILL_IMAGE
          value: {{ $image | quote }}
        {{- /* As many processes as it may use cores, rounded up. */}}
        - name: CLIPMILL_WORKERS
          valueFrom:
            resourceFieldRef:
              containerName: stage
              resource: {{ hasKey ($stage.resources.limits | default dict) "cpu" | ternary "limits.cpu" "requests.cpu" }}
              divisor: "1"
        {{- /* Nine tenths: a pod whose scratch outgrows its size is evicted, and the store's files are not alone there. */}}
        - name: CLIPMILL_SCRATCH_BYTES
          value: {{ div (mul 9 (include "clipmill.bytes" $stage.scratch.sizeLimit)) 10 | quote }}
        {{- include "clipmill.storeEnv" .root | nindent 8 }}
        {{- with include "clipmill.vlmEnv" .root }}
        {{- . | nindent 8 }}
        {{- end }}
        {{- with $stage.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      resources:
        {{- include "clipmill.stageResources" $stage | nindent 8 }}
      securityContext:
        {{- toYaml $stage.securityContext | nindent 8 }}
      volumeMounts:
        - name: scratch
          mountPath: /scratch
        {{- with include "clipmill.caMounts" .root | trim }}
        {{- . | nindent 8 }}
        {{- end }}
        {{- with $stage.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: scratch
      {{- include "clipmill.scratch" $stage.scratch | nindent 6 }}
    {{- with include "clipmill.caVolumes" .root | trim }}
    {{- . | nindent 4 }}
    {{- end }}
    {{- with $stage.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{/* Scratch on the node's own disk or memory, or on a volume of a storage class that lives as long as the pod. */}}
{{- define "clipmill.scratch" -}}
{{- if .storageClass -}}
ephemeral:
  volumeClaimTemplate:
    spec:
      accessModes: [ReadWriteOnce]
      storageClassName: {{ .storageClass }}
      resources:
        requests:
          storage: {{ .sizeLimit }}
{{- else -}}
emptyDir:
  sizeLimit: {{ .sizeLimit }}
  {{- with .medium }}
  medium: {{ . }}
  {{- end }}
{{- end -}}
{{- end -}}

{{- define "clipmill.stagePriorityClass" -}}
{{- if .Values.priorityClass.create -}}
{{- .Values.priorityClass.name | default (printf "%s-stage" (include "clipmill.fullname" .)) -}}
{{- end -}}
{{- end -}}
