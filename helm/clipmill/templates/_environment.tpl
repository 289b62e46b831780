{{/* The catalog as a long-lived or numerous client should reach it: through the pooler, where there is one. */}}
{{- define "clipmill.catalogEnv" -}}
- name: CLIPMILL_CATALOG_URL
  valueFrom:
    secretKeyRef:
      name: {{ include "clipmill.catalogSecret" . }}
      key: {{ .Values.pooler.enabled | ternary .Values.catalog.poolerUrlKey .Values.catalog.urlKey }}
{{- include "clipmill.catalogCaEnv" . }}
{{- end -}}

{{/* The server itself, for what changes the schema or reads much. `list . "NAME"` */}}
{{- define "clipmill.catalogServerEnv" -}}
{{- $root := first . -}}
- name: {{ last . }}
  valueFrom:
    secretKeyRef:
      name: {{ include "clipmill.catalogSecret" $root }}
      key: {{ $root.Values.catalog.urlKey }}
{{- include "clipmill.catalogCaEnv" $root }}
{{- end -}}

{{/* The authority that signed the catalog's certificate, by the variable that every client of Postgres knows. */}}
{{- define "clipmill.catalogCaEnv" -}}
{{- if include "clipmill.hasCaBundle" .Values.catalog }}
- name: PGSSLROOTCERT
  value: {{ include "clipmill.catalogCaFile" . }}
{{- end }}
{{- end -}}

{{- define "clipmill.catalogCaFile" -}}
/etc/clipmill/catalog-ca/{{ .Values.catalog.caBundle.key }}
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
{{- if include "clipmill.hasCaBundle" . }}
- name: AWS_CA_BUNDLE
  value: /etc/clipmill/ca/{{ .caBundle.key }}
{{- end }}
{{- end -}}
{{- end -}}

{{/* Not empty where a certificate is signed by an authority of one's own. `.Values.store` or `.Values.catalog` */}}
{{- define "clipmill.hasCaBundle" -}}
{{- or .caBundle.configMap .caBundle.secret -}}
{{- end -}}

{{/* `dict "name" "ca" "bundle" MAP` */}}
{{- define "clipmill.caVolume" -}}
- name: {{ .name }}
{{- with .bundle }}
{{- if .configMap }}
  configMap:
    name: {{ .configMap }}
{{- else }}
  secret:
    secretName: {{ .secret }}
{{- end }}
    items:
      - {key: {{ .key }}, path: {{ .key }}}
{{- end }}
{{- end -}}

{{- define "clipmill.catalogCaMount" -}}
{{- if include "clipmill.hasCaBundle" .Values.catalog -}}
- name: catalog-ca
  mountPath: /etc/clipmill/catalog-ca
  readOnly: true
{{- end -}}
{{- end -}}

{{- define "clipmill.catalogCaVolume" -}}
{{- if include "clipmill.hasCaBundle" .Values.catalog -}}
{{- include "clipmill.caVolume" (dict "name" "catalog-ca" "bundle" .Values.catalog.caBundle) -}}
{{- end -}}
{{- end -}}

{{/* Both authorities, where a client reaches catalog and store. */}}
{{- define "clipmill.caMounts" -}}
{{- if include "clipmill.hasCaBundle" .Values.store }}
- name: ca
  mountPath: /etc/clipmill/ca
  readOnly: true
{{- end }}
{{ include "clipmill.catalogCaMount" . }}
{{- end -}}

{{- define "clipmill.caVolumes" -}}
{{- if include "clipmill.hasCaBundle" .Values.store }}
{{ include "clipmill.caVolume" (dict "name" "ca" "bundle" .Values.store.caBundle) }}
{{- end }}
{{ include "clipmill.catalogCaVolume" . }}
{{- end -}}
