// The editor of the configuration: CodeMirror, with problems underlined and completion.
//
// It lives in a shadow root: there, CodeMirror's styles are constructed style sheets, which the content security policy
// permits. In the document they would be style elements, which it does not.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintKeymap, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";

import { completions } from "./engine.js";
import { colours, look } from "./editor-look.js";

/**
 * Puts an editor into an element. `changed` is called when the text is another one. `pasted` is given every text that
 * is pasted, and returns whether it has taken it.
 */
export function edit(host, labelledBy, { changed, pasted }) {
  const root = host.attachShadow({ mode: "open" });
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        highlightActiveLine(),
        json(),
        syntaxHighlighting(colours),
        look,
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": labelledBy }),
        EditorView.updateListener.of((update) => update.docChanged && changed()),
        EditorView.domEventHandlers({ paste: (event) => pasted(event.clipboardData?.getData("text/plain") ?? "") }),
        autocompletion({ override: [complete], icons: false }),
        // Tab is not among them: it leaves the editor.
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap]),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    /** Replaces the text, as one change that can be undone. */
    write(text) {
      if (text === this.text()) return;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: 0 } });
    },
    /** Underlines the problems of this text. */
    underline(problems) {
      const diagnostics = problems.map((problem) => diagnostic(problem, view.state.doc.length));
      view.dispatch(setDiagnostics(view.state, diagnostics));
    },
    /** Selects a place, and takes the keyboard there. */
    show({ start, end }) {
      view.dispatch({
        selection: { anchor: start, head: end },
        effects: EditorView.scrollIntoView(start, { y: "center" }),
      });
      view.focus();
    },
    line: (position) => view.state.doc.lineAt(Math.min(position, view.state.doc.length)).number,
    focus: () => view.focus(),
  };
}

/** A problem as CodeMirror has it. Where there is nothing to underline, it shows a mark. */
function diagnostic({ severity, code, message, help, start, end }, length) {
  const [from, to] = [start, end].map((position) => Math.min(position, length));
  return { from, to, severity, source: code, message: help ? `${message}\n${help}` : message };
}

/** The options at a place. The engine has already left out those that do not fit what is typed. */
function complete({ state, pos, explicit }) {
  const { from, to, options } = completions(state.doc.toString(), pos);
  return options.length === 0 || (!explicit && from === pos) ? null : { from, to, options, filter: false };
}
