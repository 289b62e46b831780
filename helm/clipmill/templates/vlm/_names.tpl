{{- define "clipmill.vlmName" -}}
{{ include "clipmill.fullname" . }}-vlm
{{- end -}}

{{/* Where stages find the model that the chart serves. */}}
{{- define "clipmill.vlmEnv" -}}
{{- if .Values.vlm.enabled -}}
- name: CLIPMILL_VLM_SERVER
  value: http://{{ include "clipmill.vlmName" . }}.{{ .Release.Namespace }}.svc:8000/v1
{{- end -}}
{{- end -}}

{{/* What the server asks for, with its GPUs. `.Values.vlm` */}}
{{- define "clipmill.vlmResources" -}}
{{- $limits := merge (dict .gpu.resourceName (.gpu.count | int)) (.resources.limits | default dict) -}}
{{- merge (dict "limits" $limits) .resources | toYaml -}}
{{- end -}}
