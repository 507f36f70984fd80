const mask = "***"

// The parameters of signed addresses (S3, Google, Azure, CloudFront), of tokens and of keys, and the date that goes with them.
const secretName =
  /^(x-amz-.*|x-goog-.*|awsaccesskeyid|googleaccessid|key-pair-id|policy|sig|.*signature|.*token|.*secret|.*password|.*credential|auth.*|code|expires|(.*[-_])?key|apikey)$/i

/**
 * An address as it may stand in messages, logs and events: the values of tokens, keys and signatures in its query, and
 * a user's name and password, are replaced by `***`; its fragment is left out.
 *
 * @example
 * maskUrl("https://cdn.example/a.zip?token=abc&page=2") // "https://cdn.example/a.zip?token=***&page=2"
 */
export function maskUrl(url: string | URL): string {
  const text = String(url)
    .replace(/#.*$/s, "")
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?]*@/i, `$1${mask}@`)
  const query = text.indexOf("?")
  if (query === -1) return text
  const parameters = text.slice(query + 1).split("&")
  return `${text.slice(0, query)}?${parameters.map(maskParameter).join("&")}`
}

function maskParameter(parameter: string): string {
  const equals = parameter.indexOf("=")
  if (equals === -1) return parameter
  const name = parameter.slice(0, equals)
  return secretName.test(decode(name)) ? `${name}=${mask}` : parameter
}

// A name that cannot be decoded is compared as it stands.
function decode(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
