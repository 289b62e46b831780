{{/* Reference of an image of clipmill's own. `dict "root" $ "image" MAP "name" "clipmill-split"` */}}
{{- define "clipmill.image" -}}
{{- $repository := .image.repository | default .name -}}
{{- $registry := .image.registry | default .root.Values.images.registry -}}
{{- $tag := .image.tag | default .root.Values.images.tag | default .root.Chart.AppVersion -}}
{{- if eq $tag "latest" -}}
{{- fail (printf "%s: the tag `latest` says nothing of what ran; give a version or a digest" $repository) -}}
{{- end -}}
{{ with $registry }}{{ trimSuffix "/" . }}/{{ end }}{{ $repository }}:{{ $tag }}{{ with .image.digest }}@{{ . }}{{ end }}
{{- end -}}

{{/* Reference of somebody else's image; images.mirror replaces its registry. `list . MAP` */}}
{{- define "clipmill.foreignImage" -}}
{{- $root := first . -}}{{- $image := last . -}}
{{- $registry := $root.Values.images.mirror | default $image.registry -}}
{{ with $registry }}{{ trimSuffix "/" . }}/{{ end }}{{ $image.repository }}:{{ $image.tag }}{{ with $image.digest }}@{{ . }}{{ end }}
{{- end -}}

{{/* `list . MORE`: the pull secrets of all images, and more names. */}}
{{- define "clipmill.pullSecrets" -}}
{{- $names := concat (first .).Values.images.pullSecrets (last .) | uniq -}}
{{- with $names -}}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end -}}
{{- end -}}
