{{/* What `airflow pools import` reads. */}}
{{- define "clipmill.pools" -}}
{{- $pools := dict -}}
{{- range $name, $pool := .Values.pools -}}
{{- $_ := set $pools $name (dict "slots" (int $pool.slots) "description" $pool.description "include_deferred" false) -}}
{{- end -}}
{{- toPrettyJson $pools -}}
{{- end -}}
