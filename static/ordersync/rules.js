// Carrier rules are dragged, beside their buttons.
"use strict";

// A dragged rule is moved by its own form, as its buttons do: with the version of the plan that was looked at.
// Sortable's fallback works alike for mouse and touch, and within the policy against inline styles.
function makeSortable(list) {
  Sortable.create(list, {
    handle: ".rule-grip",
    forceFallback: true,
    draggable: ".rule-item",
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 150,
    ghostClass: "rule-ghost",
    onEnd({ item, oldDraggableIndex, newDraggableIndex }) {
      if (oldDraggableIndex === newDraggableIndex) return;
      const form = item.querySelector("form[data-moves]");
      form.elements.by.value = newDraggableIndex - oldDraggableIndex;
      form.requestSubmit();
    },
  });
}

htmx.onLoad((content) => {
  const lists = content.matches("[data-sortable]") ? [content] : content.querySelectorAll("[data-sortable]");
  for (const list of lists) makeSortable(list);
});
