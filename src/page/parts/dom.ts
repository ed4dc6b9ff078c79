import { keepArrows } from '../../report/words/keep-arrows.ts'

type Child = Node | string | undefined | false

interface Attributes {
  readonly [name: string]: string | number | boolean | undefined | ((event: Event) => void)
}

/**
 * An element with its attributes and children. Text is text, whatever stands in it: nothing here is read as HTML.
 *
 * @param attributes `onclick` and its like are functions; `true` is an attribute without a value, `false` none
 */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.replace(/^on/u, ''), value)
    else if (value === true) element.setAttribute(name, '')
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value))
  }
  append(element, ...children)
  return element
}

/** Adds children; strings become text nodes. */
export function append(parent: Element, ...children: readonly Child[]): void {
  for (const child of children) {
    if (child === undefined || child === false) continue
    if (typeof child !== 'string') parent.append(child)
    else if (parent.tagName === 'OPTION') parent.append(keepArrows(visible(child)))
    else appendText(parent, keepArrows(visible(child)))
  }
}

/** A line is not broken within the arrow of a chain. */
function appendText(parent: Element, text: string): void {
  const [first = '', ...others] = text.split('->')
  parent.append(first)
  for (const piece of others) {
    const arrow = document.createElement('span')
    arrow.className = 'arrow'
    arrow.append('->')
    parent.append(arrow, piece)
  }
}

/** Control characters, and those that turn a text round, are shown as what they are: signs that say nothing. */
function visible(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]|\p{Bidi_Control}/gu, '\ufffd')
}

/** Replaces all that is in an element. */
export function fill(parent: Element, ...children: readonly Child[]): void {
  parent.replaceChildren()
  append(parent, ...children)
}

/** A choice with its label: the values and what they are called. */
export function choice(
  label: string,
  options: readonly (readonly [value: string, name: string])[],
  chosen: string,
  onChange: (value: string) => void,
): HTMLLabelElement {
  const list = el('select', { onchange: () => onChange(list.value) })
  for (const [value, name] of options) append(list, el('option', { value, selected: value === chosen }, name))
  return el('label', { class: 'choice' }, el('span', {}, label), list)
}
