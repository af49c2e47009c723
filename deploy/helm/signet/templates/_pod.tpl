{{- define "signet.name" -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- end }}

{{- define "signet.selector" -}}
app.kubernetes.io/name: signet
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "signet.labels" -}}
{{ include "signet.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "signet.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- /* What every pod of the chart may do: nothing. fsGroup lets it read its secrets, which stay root's. */}}
{{- define "signet.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "signet.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{- /* signet.yaml: what the chart knows, and over it .Values.config. */}}
{{- define "signet.config" -}}
{{- $listen := dict "grpc" "0.0.0.0:7420" "http" "0.0.0.0:7421" -}}
{{- if .Values.edge.enabled -}}
{{- $_ := set $listen "grpc" "127.0.0.1:7420" -}}
{{- $_ := set $listen "trusted_proxies" "127.0.0.1/32" -}}
{{- end -}}
{{- if .Values.tls.secretName -}}
{{- $_ := set $listen "tls_certificate" "/etc/signet/tls/tls.crt" -}}
{{- $_ := set $listen "tls_key" "/etc/signet/tls/tls.key" -}}
{{- else if .Values.tls.plaintext -}}
{{- $_ := set $listen "plaintext" true -}}
{{- else -}}
{{- fail "tls.secretName names the certificate of both ports; tls.plaintext=true serves without one" -}}
{{- end -}}
{{- $database := dict "url" (required "database.url is the connection of the service role" .Values.database.url) -}}
{{- if .Values.database.password -}}
{{- $_ := set $database "password_file" "/etc/signet/secrets/database-password" -}}
{{- end -}}
{{- $tokens := dict "issuer" (required "issuer is the https URL in every token" .Values.issuer) -}}
{{- $keys := dict "kek_file" "/etc/signet/secrets/kek" -}}
{{- $ours := dict "listen" $listen "tokens" $tokens "keys" $keys "database" $database -}}
{{- mergeOverwrite $ours (deepCopy .Values.config) | toYaml -}}
{{- end }}
