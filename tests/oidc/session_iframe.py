"""Runs the script of the session frame outside of a browser, with what it needs of one."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.services import require_binary

SCRIPT = Path(__file__).resolve().parents[2] / "themes/default/resources/session_iframe.js"
_HARNESS = r"""
const fs = require("fs"), vm = require("vm");
const [script, input] = [fs.readFileSync(process.argv[1], "utf8"), JSON.parse(fs.readFileSync(0, "utf8"))];
function ask({message, origin, cookie, allowed, seen}) {
  return new Promise((resolve) => {
    let listener;
    const asked = [];
    const context = {
      document: {
        cookie, documentElement: {getAttribute: () => "__Host-idp-state-demo"},
        hasStorageAccess: seen === undefined ? undefined : () => Promise.resolve(seen),
      },
      location: {pathname: "/frame.html"},
      window: {addEventListener: (_, found) => { listener = found; }},
      XMLHttpRequest: function () {
        this.open = (_, url) => asked.push(url);
        this.send = () => { this.status = allowed ? 204 : 403; this.onload(); };
      },
    };
    vm.runInNewContext(script, context);
    const answer = (data, target) => resolve([data, target, asked]);
    listener({data: message, origin, source: {postMessage: answer}});
    setTimeout(() => resolve(null), 50);
  });
}
Promise.all(input.map(ask)).then((answers) => process.stdout.write(JSON.stringify(answers)));
"""


def ask_frame(*questions: dict[str, Any]) -> list[Any]:
    """Return for each question (message, origin, cookie, allowed, seen) the answer, its target and what was fetched, or None."""
    node = require_binary("node", package="nodejs")
    defaults = {"origin": "https://app.example", "cookie": "", "allowed": True}
    done = subprocess.run(
        [node, "-e", _HARNESS, str(SCRIPT)],
        input=json.dumps([{**defaults, **question} for question in questions]),
        capture_output=True,
        text=True,
        check=True,
    )
    answers: list[Any] = json.loads(done.stdout)
    return answers
