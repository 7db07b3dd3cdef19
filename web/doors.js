// Two of the page's doors, loaded when one of them is opened: `<holdfast-door kind="audit|diagnose" link="…" open>`.
// The form is here; what is judged, and what is said of it, comes from the worker. Nothing is sent or stored.

const DOORS = {
  audit: {
    title: "A database you have",
    lead: "Paste or drop what you have: what the Redis Cloud API returns for a database, a subscription or all of them, or how your app connects. You see what is wrong, worst first, and the change that mends it.",
    label: "Export, connection string or configuration",
    files: "database.json and subscription.json together, or a fleet as NDJSON",
    accept: ".json,.ndjson,.jsonl,.env,.yml,.yaml,.properties,.txt",
    choice: `
      <fieldset class="question"><legend>Hold it to</legend><div class="cards">
        <label class="card"><input type="radio" name="needs" value="" checked><span><span class="label">What production needs</span>
          <span class="means">the defaults; the result names them</span></span></label>
        <label class="card"><input type="radio" name="needs" value="answers"><span><span class="label">My answers</span>
          <span class="means">those given under “New database”</span></span></label>
      </div></fieldset>`,
    button: "Judge it",
    example: "spring:\n  data:\n    redis:\n      url: redis://default:not-a-real-one@redis-12345.c1.us-east-1-2.ec2.redns.redis-cloud.com:12345\n",
    reads: `<li><strong>A database or a fleet</strong> JSON of the API: <code>GET /v1/subscriptions/{id}/databases/{id}</code>, the subscription, its maintenance windows, lists of them; Essentials, Pro and Active-Active. <code>holdfast audit --print-export-script</code> prints a script that exports all of them as NDJSON.</li>
      <li><strong>How your app connects</strong> <code>redis://</code> or <code>rediss://</code>, a StackExchange.Redis string, <code>.env</code>, Spring YAML or properties.</li>
      <li><strong>Passwords</strong> They stay on this page, are never shown again, and are forgotten when it closes. Leave them out where you can.</li>`,
  },
  diagnose: {
    title: "Something is wrong",
    lead: "Paste an error message or a few lines of a log: you see the cause, three checks, what to change now and what later.",
    label: "Error message or log",
    files: "One log, or several of them",
    accept: "",
    choice: `
      <div class="question"><label for="of-client">Client</label><select id="of-client" name="of-client">
        <option value="">As the messages say</option></select></div>`,
    button: "What is it?",
    example: "redis.exceptions.ConnectionError: Error 111 connecting to redis-12345.example.com:12345. Connection refused.\n",
    reads: `<li><strong>The whole message</strong> with the lines around it: <code>Caused by</code>, <code>errno</code>, the inner exception, the server's reply, which begins with a word in capitals.</li>
      <li><strong>Many lines</strong> Each is read; what explains most stands first, and what only follows from it last.</li>
      <li><strong>Passwords</strong> One line of the log is shown again for each cause, without the secrets in it. Nothing leaves this page.</li>`,
  },
};

/** A paste of more letters is kept as a file: a text field would take seconds over it. */
const LONG = 100_000;

const size = (bytes) =>
  bytes < 1e3 ? `${bytes} bytes` : bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

class Door extends HTMLElement {
  /** What was given; after it was judged it stays, out of sight, to be judged again by other needs. */
  #files = [];
  #judged = false;
  #worker;
  #clients = "";

  static observedAttributes = ["open"];

  attributeChangedCallback() {
    if (this.hasAttribute("open") && !this.form) this.#build();
  }

  #build() {
    const door = DOORS[this.getAttribute("kind")];
    const id = `given-${this.getAttribute("kind")}`;
    this.innerHTML = `
      <main>
        <form autocomplete="off">
          <h2>${door.title}</h2>
          <p>${door.lead}</p>
          <div class="question"><label for="${id}">${door.label}</label>
            <textarea id="${id}" name="given" rows="7" spellcheck="false" autocapitalize="off"></textarea></div>
          <div class="question"><label for="${id}-files">Or files</label>
            <input type="file" id="${id}-files" name="files" multiple accept="${door.accept}" aria-describedby="${id}-which">
            <p class="which" id="${id}-which">${door.files}</p></div>
          <ul class="files"></ul>
          ${door.choice}
          <div class="actions">
            <button class="primary" type="submit">${door.button}</button>
            <button type="button" name="cancel" hidden>Cancel</button>
            <button type="button" name="example">An example</button>
            <button type="button" name="clear">Clear</button>
          </div>
          <progress hidden max="1" aria-label="Read"></progress>
          <p class="promise">Nothing you paste leaves this page.</p>
        </form>
        <section class="judgement" aria-label="Result">
          <p role="status"></p>
          <div class="said"><h2>What it reads</h2><ul class="reads">${door.reads}</ul></div>
        </section>
      </main>`;
    this.form = this.querySelector("form");
    this.said = this.querySelector(".said");
    this.door = door;
    this.addEventListener("submit", (event) => (event.preventDefault(), this.#judge()));
    this.addEventListener("click", (event) => this.#click(event.target));
    this.addEventListener("change", ({ target }) => target.name === "files" && (this.#add(target.files), (target.value = "")));
    this.addEventListener("paste", (event) => this.#paste(event));
    this.addEventListener("dragover", (event) => (event.preventDefault(), this.classList.add("over")));
    this.addEventListener("dragleave", () => this.classList.remove("over"));
    this.addEventListener("drop", (event) => {
      this.classList.remove("over");
      if (event.dataTransfer.files.length === 0) return;
      event.preventDefault();
      this.#add(event.dataTransfer.files);
    });
    this.#start();
  }

  /** The worker of this door, before it is needed: it loads while the reader pastes. */
  #start() {
    this.#worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }) => this.#hear(data);
    this.#worker.onerror = (event) => (event.preventDefault(), this.#fail("The part that judges could not be loaded. Try again."));
  }

  #judge() {
    const { given, needs, "of-client": client } = this.form.elements;
    const text = given.value.trim() ? [new File([given.value], "what you pasted")] : [];
    const files = [...text, ...(text.length && this.#judged ? [] : this.#files)];
    if (files.length === 0) {
      this.#say("There is nothing to judge: paste something, or choose a file.");
      given.focus();
      return;
    }
    const answers = this.getAttribute("link");
    const link = client ? answers.replace(/&client=[^&]*/, "") + (client.value && `&client=${client.value}`) : needs.value ? answers : undefined;
    this.#busy(files);
    const bytes = files.reduce((sum, file) => sum + file.size, 0);
    this.#say(`Reading ${size(bytes)}.`);
    this.#told = 0;
    if (!this.#worker) this.#start();
    this.#worker.postMessage({ judge: this.getAttribute("kind"), files, link });
  }

  #told = 0;

  #hear({ clients, failed, done, total, said, html, pages }) {
    if (failed) this.#fail(failed);
    if (clients && this.form.elements["of-client"] && !this.#clients) {
      this.#clients = clients;
      this.form.elements["of-client"].insertAdjacentHTML("beforeend", clients);
    }
    if (total) {
      this.querySelector("progress").value = done / total;
      // Aloud at each quarter, not at each slice.
      const quarter = Math.floor((4 * done) / total);
      if (quarter > this.#told && quarter < 4) this.#say(`${25 * quarter} % of ${size(total)} read.`);
      this.#told = quarter;
    }
    if (html === undefined) return;
    this.said.querySelector("button.more")?.remove();
    if (said) {
      const files = this.#busy();
      this.#say(said, true);
      this.said.innerHTML = html;
      // What could be judged is shown without its secrets, and the field that still has them is emptied.
      if (!this.said.querySelector(".refused")) {
        this.form.elements.given.value = "";
        this.#files = files;
        this.#judged = true;
        this.#list();
      }
      this.said.querySelector("h2").focus();
    } else {
      const last = this.said.lastElementChild;
      this.said.insertAdjacentHTML("beforeend", html);
      last.nextElementSibling?.querySelector("summary")?.focus();
    }
    if (pages) this.said.insertAdjacentHTML("beforeend", '<button type="button" class="more">Show more</button>');
  }

  #click(target) {
    if (target.name === "cancel") {
      this.#worker.terminate();
      this.#start();
      this.#busy();
      this.#say("Cancelled. Nothing was judged.");
    } else if (target.name === "clear") {
      this.#clear();
      this.form.elements.given.focus();
    } else if (target.name === "example") {
      this.form.elements.given.value = this.door.example;
      this.#judge();
    } else if (target.matches("button.more")) {
      this.#worker?.postMessage({});
    } else if (target.matches("[data-copy]")) {
      const copied = (word) => (target.textContent = word);
      const text = target.previousElementSibling.textContent;
      (navigator.clipboard?.writeText(text) ?? Promise.reject()).then(
        () => copied("Copied"),
        () => copied("Not allowed here"),
      );
    }
  }

  #paste(event) {
    const text = event.clipboardData.getData("text/plain");
    if (event.target.name !== "given" || text.length < LONG) return;
    event.preventDefault();
    this.#add([new File([text], "what you pasted")]);
  }

  #add(files) {
    this.#files = [...(this.#judged ? [] : this.#files), ...files];
    this.#judged = false;
    this.#list();
  }

  #clear() {
    this.#files = [];
    this.form.elements.given.value = "";
    this.#list();
  }

  #list() {
    const lines = this.#files.map((file) => {
      const line = document.createElement("li");
      line.textContent = `${file.name}, ${size(file.size)}`;
      return line;
    });
    this.querySelector(".files").replaceChildren(...lines);
  }

  #reading = [];

  /** Begins with these files, or ends; gives those that it ended with. */
  #busy(files) {
    this.form.elements.cancel.hidden = !files;
    this.form.querySelector("[type=submit]").disabled = Boolean(files);
    const progress = this.querySelector("progress");
    progress.hidden = !files;
    progress.value = 0;
    const were = this.#reading;
    this.#reading = files ?? [];
    return were;
  }

  /** A worker that failed once is not to be trusted: the next attempt has a new one. */
  #fail(text) {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#busy();
    this.#say(text);
  }

  /** Says it aloud, and in sight unless it is the heading of the result too. */
  #say(text, heading = false) {
    const status = this.querySelector("[role=status]");
    status.textContent = text;
    status.classList.toggle("unseen", heading);
  }
}

// A file that is dropped beside a door would take the place of the page.
for (const kind of ["dragover", "drop"]) {
  addEventListener(kind, (event) => event.dataTransfer.types.includes("Files") && event.preventDefault());
}

// The look first, so that nothing jumps.
const look = document.createElement("link");
look.rel = "stylesheet";
look.href = new URL("doors.css", import.meta.url);
look.onload = look.onerror = () => customElements.define("holdfast-door", Door);
document.head.append(look);
