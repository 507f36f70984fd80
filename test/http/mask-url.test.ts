import { expect, test } from "vitest"
import { maskUrl } from "../../src/http/index.ts"

test.each([
  ["https://cdn.example/a.zip?token=abc&page=2", "https://cdn.example/a.zip?token=***&page=2"],
  [
    "https://s3.example/k?X-Amz-Signature=1&X-Amz-Credential=2&x-id=3",
    "https://s3.example/k?X-Amz-Signature=***&X-Amz-Credential=***&x-id=3",
  ],
  ["https://blob.example/k?sv=1&sig=a%2Bb", "https://blob.example/k?sv=1&sig=***"],
  [
    "https://x.example/?access_token=1&api_key=2&apiKey=3&Signature=4",
    "https://x.example/?access_token=***&api_key=***&apiKey=***&Signature=***",
  ],
  ["https://x.example/?to%6ben=1", "https://x.example/?to%6ben=***"],
  ["https://user:secret@x.example/a", "https://***@x.example/a"],
  ["https://x.example/a#token=1", "https://x.example/a"],
  [
    "https://x.example/?page%5Bfrom%5D=a%2Cb&statuses[]=new",
    "https://x.example/?page%5Bfrom%5D=a%2Cb&statuses[]=new",
  ],
  ["https://x.example/a@b?c=d@e", "https://x.example/a@b?c=d@e"],
  ["https://x.example/?%zz=1&token", "https://x.example/?%zz=1&token"],
])("%s", (url, masked) => {
  expect(maskUrl(url)).toBe(masked)
})
