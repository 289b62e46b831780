{{/* Where the chart's own services run: the keys of .Values.services that say something, as a Pod's spec has them. */}}
{{- define "clipmill.placement" -}}
{{- $said := dict -}}
{{- range $key, $value := . -}}
{{- if $value -}}{{- $_ := set $said $key $value -}}{{- end -}}
{{- end -}}
{{- with $said -}}{{- toYaml . -}}{{- end -}}
{{- end -}}
