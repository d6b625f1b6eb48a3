/** Making elements. Text always becomes text nodes: nothing in the page is ever parsed as HTML. */

export type Child = Node | string | number | null | undefined | false;

type Listener = (event: never) => void;
export type Attributes = Readonly<
  Record<string, string | number | boolean | null | undefined | Listener>
>;

const SVG = "http://www.w3.org/2000/svg";

/**
 * An HTML element. An attribute that is a function listens to the event of its name (`click: …`);
 * `true` writes an empty attribute, `false`, `null` and `undefined` write none. ARIA attributes
 * need "true" and "false" as texts.
 */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  return filled(document.createElement(tag), attributes, children);
}

/** An SVG element, in the same way. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled<E extends Element>(
  element: E,
  attributes: Attributes,
  children: readonly Child[],
): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      element.addEventListener(name, value as unknown as EventListener);
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, String(value));
    }
  }
  element.append(...children.filter(isShown).map((child) => (child instanceof Node ? child : String(child))));
  return element;
}

function isShown(child: Child): child is Node | string | number {
  return child !== null && child !== undefined && child !== false;
}
