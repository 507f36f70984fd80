import type { SubAnnotations, TagAnnotation } from "../../model/annotation.ts"
import { elementsOf, type JsonValue, member, textOf, wrong } from "../../parse/json-value.ts"

/** What was answered to one question: a choice, or free text. */
interface Answer {
  readonly question: string
  readonly choice?: string
  readonly text?: string
}

/**
 * The answers to one classification, and to those that hang on an answer. Legacy exports have `answer` (a text, a choice or
 * a list of them) or `answers`, newer ones `radio_answer`, `checklist_answers` or `text_answer`.
 */
function answersOf(classification: JsonValue): Answer[] {
  const question = labelOf(classification)
  const text = member(classification, "text_answer")
  if (text !== undefined) return [{ question, text: textOf(member(text, "content") ?? text) }]
  const radio = member(classification, "radio_answer")
  if (radio !== undefined) return choice(question, radio)
  const given = member(classification, "answer")
  if (typeof given?.value === "string") return [{ question, text: given.value }]
  const list = member(classification, "checklist_answers") ?? member(classification, "answers")
  if (list !== undefined) return elementsOf(list).flatMap((one) => choice(question, one))
  if (given === undefined) throw wrong(classification, "has no answer")
  return Array.isArray(given.value)
    ? elementsOf(given).flatMap((one) => choice(question, one))
    : choice(question, given)
}

function choice(question: string, answer: JsonValue): Answer[] {
  return [{ question, choice: labelOf(answer) }, ...listOf(answer).flatMap(answersOf)]
}

/** The name of a question, a choice or an object: its value, or what it is called. */
function labelOf(of: JsonValue): string {
  for (const key of ["value", "name", "title"]) {
    const label = member(of, key)
    if (typeof label?.value === "string" && label.value.trim() !== "") return label.value
  }
  throw wrong(of, "has no name")
}

/** The classifications that stand in an object, an answer or a label. */
export function listOf(of: JsonValue): JsonValue[] {
  const classifications = member(of, "classifications")
  return classifications === undefined ? [] : elementsOf(classifications)
}

/** The answers to a classification of a whole image, as tags: `question:choice`, or the question with its text. */
export function tagsOf(classification: JsonValue): TagAnnotation[] {
  return answersOf(classification).map(({ question, choice, text }) =>
    text === undefined
      ? { type: "tag", name: `${question}:${choice}`, tag: {} }
      : { type: "tag", name: question, tag: {}, text: { text } },
  )
}

/** The answers to the classifications of an object: choices are attributes, texts its text (of several, a line each with its question). */
export function detailsOf(object: JsonValue): SubAnnotations {
  const attributes: string[] = []
  const texts: { readonly question: string; readonly text: string }[] = []
  for (const { question, choice, text } of listOf(object).flatMap(answersOf)) {
    if (text === undefined) attributes.push(`${question}:${choice}`)
    else texts.push({ question, text })
  }
  const text =
    texts.length === 1 ? texts[0]?.text : texts.map(({ question, text }) => `${question}: ${text}`).join("\n")
  return {
    ...(texts.length > 0 && { text: { text: text as string } }),
    ...(attributes.length > 0 && { attributes }),
  }
}
