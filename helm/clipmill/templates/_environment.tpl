{{/* The catalog as a long-lived or numerous client should reach it: through the pooler, where there is one. */}}
{{- define "clipmill.catalogEnv" -}}
- name: CLIPMILL_CATALOG_URL
  valueFrom:
    secretKeyRef:
      name: {{ include "clipmill.catalogSecret" . }}
      key: {{ .Values.pooler.enabled | ternary .Values.catalog.poolerUrlKey .Values.catalog.urlKey }}
{{- end -}}

{{/* The server itself, for what changes the schema or reads much. `list . "NAME"` */}}
{{- define "clipmill.catalogServerEnv" -}}
{{- $root := first . -}}
- name: {{ last . }}
  valueFrom:
    secretKeyRef:
      name: {{ include "clipmill.catalogSecret" $root }}
      key: {{ $root.Values.catalog.urlKey }}
{{- end -}}

{{/* The object store, by the variables that every S3 client knows. */}}
{{- define "clipmill.storeEnv" -}}
{{- with .Values.store -}}
- name: CLIPMILL_S3_ADDRESSING
  value: {{ .addressing }}
{{- with .endpoint }}
- name: AWS_ENDPOINT_URL_S3
  value: {{ . | quote }}
{{- end }}
{{- with .region }}
- name: AWS_REGION
  value: {{ . | quote }}
{{- end }}
{{- if .existingSecret }}
- name: AWS_ACCESS_KEY_ID
  valueFrom:
    secretKeyRef: {name: {{ .existingSecret }}, key: {{ .accessKeyIdKey }}}
- name: AWS_SECRET_ACCESS_KEY
  valueFrom:
    secretKeyRef: {name: {{ .existingSecret }}, key: {{ .secretAccessKeyKey }}}
{{- end }}
{{- if include "clipmill.hasCaBundle" $ }}
- name: AWS_CA_BUNDLE
  value: /etc/clipmill/ca/{{ .caBundle.key }}
{{- end }}
{{- end -}}
{{- end -}}

{{/* Not empty where the store's certificate is signed by an authority of one's own. */}}
{{- define "clipmill.hasCaBundle" -}}
{{- or .Values.store.caBundle.configMap .Values.store.caBundle.secret -}}
{{- end -}}

{{- define "clipmill.caVolume" -}}
{{- with .Values.store.caBundle -}}
- name: ca
{{- if .configMap }}
  configMap:
    name: {{ .configMap }}
{{- else }}
  secret:
    secretName: {{ .secret }}
{{- end }}
    items:
      - {key: {{ .key }}, path: {{ .key }}}
{{- end -}}
{{- end -}}
