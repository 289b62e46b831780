{{/* Egress rules to networks and pods on some ports. `dict "to" MAP "ports" LIST` */}}
{{- define "clipmill.egress" -}}
{{- if or .to.cidrs .to.podLabels -}}
- to:
    {{- range .to.cidrs }}
    - ipBlock: {cidr: {{ . }}}
    {{- end }}
    {{- with .to.podLabels }}
    - namespaceSelector: {}
      podSelector:
        matchLabels:
          {{- toYaml . | nindent 10 }}
    {{- end }}
  ports:
    {{- range .ports }}
    - {protocol: TCP, port: {{ . | int }}}
    {{- end }}
{{- end -}}
{{- end -}}

{{/* Pods of this release, by component. `list . "pooler"` */}}
{{- define "clipmill.peer" -}}
- podSelector:
    matchLabels:
      {{- include "clipmill.selectorLabels" . | nindent 6 }}
{{- end -}}

{{/* Airflow's pods. */}}
{{- define "clipmill.airflowPeer" -}}
- namespaceSelector:
    matchLabels:
      kubernetes.io/metadata.name: {{ include "clipmill.airflowNamespace" . }}
  podSelector:
    matchLabels:
      {{- toYaml .Values.airflowAccess.podLabels | nindent 6 }}
{{- end -}}

{{/* The Job that gives Airflow its pools, which runs where Airflow does. */}}
{{- define "clipmill.poolsPeer" -}}
- namespaceSelector:
    matchLabels:
      kubernetes.io/metadata.name: {{ include "clipmill.airflowNamespace" . }}
  podSelector:
    matchLabels:
      {{- include "clipmill.selectorLabels" (list . "pools") | nindent 6 }}
{{- end -}}

{{/* Egress to the cluster's DNS. */}}
{{- define "clipmill.dnsEgress" -}}
{{- with .Values.networkPolicies.dns -}}
- to:
    - namespaceSelector:
        matchLabels:
          {{- toYaml .namespaceLabels | nindent 10 }}
      podSelector:
        matchLabels:
          {{- toYaml .podLabels | nindent 10 }}
  ports:
    - {protocol: UDP, port: {{ .port | int }}}
    - {protocol: TCP, port: {{ .port | int }}}
{{- end -}}
{{- end -}}

{{/* Egress to the server of the catalog, wherever it is. */}}
{{- define "clipmill.serverEgress" -}}
{{- if .Values.postgres.enabled -}}
- to:
    {{- include "clipmill.peer" (list . "postgres") | nindent 4 }}
  ports:
    - {protocol: TCP, port: 5432}
{{ end -}}
{{- with .Values.networkPolicies.catalog -}}
{{- include "clipmill.egress" (dict "to" . "ports" (list .port)) -}}
{{- end -}}
{{- end -}}

{{/* Egress to the catalog as stages reach it: through the pooler, where there is one. */}}
{{- define "clipmill.catalogEgress" -}}
{{- if .Values.pooler.enabled -}}
- to:
    {{- include "clipmill.peer" (list . "pooler") | nindent 4 }}
  ports:
    - {protocol: TCP, port: 5432}
{{- else -}}
{{- include "clipmill.serverEgress" . -}}
{{- end -}}
{{- end -}}

{{/* Egress to networks or pods where some are named, else to any address but some. A map of cidrs, podLabels, except, ports. */}}
{{- define "clipmill.anywhereEgress" -}}
{{- if or .cidrs .podLabels -}}
{{- include "clipmill.egress" (dict "to" . "ports" .ports) -}}
{{- else -}}
- to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except:
          {{- toYaml .except | nindent 10 }}
  ports:
    {{- range .ports }}
    - {protocol: TCP, port: {{ . | int }}}
    {{- end }}
{{- end -}}
{{- end -}}
