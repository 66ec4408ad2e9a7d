{{- define "shop.image" -}}
image: ghcr.io/acme/shop:5.1.0
{{- end -}}
