{{- define "clipmill.postgresName" -}}
{{- include "clipmill.fullname" . -}}-postgres
{{- end -}}

{{- define "clipmill.poolerName" -}}
{{- include "clipmill.fullname" . -}}-pooler
{{- end -}}
