{{/* First part of the name of everything that the chart makes. */}}
{{- define "clipmill.fullname" -}}
{{- .Values.fullnameOverride | default .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* Where Airflow runs, and so where the stages' manifests must lie. */}}
{{- define "clipmill.airflowNamespace" -}}
{{- .Values.airflowAccess.namespace | default .Release.Namespace -}}
{{- end -}}

{{- define "clipmill.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (printf "%s-stage" (include "clipmill.fullname" .)) -}}
{{- end -}}

{{/* The Secret of the catalog: the one named, or the one that the chart makes for its own Postgres. */}}
{{- define "clipmill.catalogSecret" -}}
{{- if not (or .Values.catalog.existingSecret .Values.postgres.enabled) -}}
{{- fail "catalog.existingSecret must name the Secret with the catalog's URL; for a trial, set postgres.enabled instead" -}}
{{- end -}}
{{- .Values.catalog.existingSecret | default (printf "%s-catalog" (include "clipmill.fullname" .)) -}}
{{- end -}}

{{/* Labels that never change, and so may select. `list . "component"` */}}
{{- define "clipmill.selectorLabels" -}}
{{- $root := first . -}}
app.kubernetes.io/name: clipmill
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ last . }}
{{- end -}}

{{/* `list . "component"` */}}
{{- define "clipmill.labels" -}}
{{- $root := first . -}}
{{ include "clipmill.selectorLabels" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- with $root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}
