"use strict";

// What scrolls sideways can be reached by keyboard, and nothing else takes a step of the Tab key.
const wide = ".cell_output, .table-wrapper, .explorer-picture, .formula, .scrolls, pre";
const reach = () => {
  for (const part of document.querySelectorAll(wide)) {
    if (part.scrollWidth > part.clientWidth || part.scrollHeight > part.clientHeight) part.tabIndex = 0;
    else part.removeAttribute("tabindex");
  }
};
addEventListener("load", reach);
addEventListener("resize", reach);

// Explorers without a kernel: every state lies in the page; the controls choose one.

for (const explorer of document.querySelectorAll(".explorer")) {
  const states = JSON.parse(explorer.querySelector("script").textContent);
  const controls = [...explorer.querySelectorAll("input, select")];
  const address = (name) => `${explorer.dataset.files}/${name}`;
  const picture = explorer.querySelector(".explorer-picture");
  const players = explorer.querySelector(".explorer-players");
  const sizes = controls.map((control) =>
    control.tagName === "SELECT" ? control.options.length : Number(control.max) + 1);

  const player = ([label, file]) => {
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    const audio = document.createElement("audio");
    caption.textContent = label;
    Object.assign(audio, {controls: true, preload: "none", src: address(file)});
    audio.setAttribute("aria-label", label);
    figure.append(caption, audio);
    return figure;
  };

  const show = () => {
    const place = controls.reduce((sum, control, k) => sum * sizes[k] + Number(control.value), 0);
    const state = states[place];
    for (const control of controls) {
      if (control.type !== "range") continue;
      const label = JSON.parse(control.dataset.labels)[control.value];
      control.setAttribute("aria-valuetext", label);
      control.nextElementSibling.value = label;
    }
    explorer.querySelector(".explorer-text").innerHTML = state.text;
    if (state.picture) {
      const image = picture.querySelector("img") ?? picture.appendChild(new Image());
      Object.assign(image, {src: address(state.picture), width: state.width, alt: state.alt});
    }
    const addresses = [...players.querySelectorAll("audio")].map((audio) => audio.getAttribute("src"));
    if (state.sounds.map(([, file]) => address(file)).join() !== addresses.join())
      players.replaceChildren(...state.sounds.map(player));
  };

  explorer.querySelector("form").addEventListener("input", show);
  explorer.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
}
