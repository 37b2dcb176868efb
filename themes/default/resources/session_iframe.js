// Answers a page of an application that asks whether the sign-in it knows of is still this browser's
// (OpenID Connect Session Management 1.0 section 3.2). Old browsers and test robots run it too: no modern syntax.
"use strict";

(function () {
  var cookieName = document.documentElement.getAttribute("data-cookie");
  var verdicts = {};

  window.addEventListener("message", function (event) {
    if (typeof event.data !== "string" || !event.source || !/^https?:\/\//.test(event.origin)) {
      return;
    }
    judge(event.data, event.origin, function (answer) {
      event.source.postMessage(answer, event.origin);
    });
  });

  // The message is "<client_id> <session_state>"; keycloak-js sends "<client_id> <sid>", or nothing after the space.
  function judge(message, origin, answer) {
    var space = message.lastIndexOf(" ");
    var clientId = message.slice(0, Math.max(space, 0));
    var known = message.slice(space + 1);
    if (!/^[\x21-\x7e]{1,255}$/.test(clientId) || known.length > 200) {
      answer("error");
    } else if (/^[0-9a-f]{64}\.[0-9a-f]+$/.test(known)) {
      judgeSessionState(clientId, origin, known, answer);
    } else if (/^[0-9a-f-]*$/.test(known)) {
      judgeSessionId(clientId, origin, known, answer);
    } else {
      answer("error");
    }
  }

  // The origin is in the hash, so another site's page gets "changed" whatever is true.
  function judgeSessionState(clientId, origin, known, answer) {
    var state = readState();
    var parts = known.split(".");
    conclude(sha256([clientId, origin, state, parts[1]].join(" ")) === parts[0], state, answer);
  }

  function judgeSessionId(clientId, origin, sessionId, answer) {
    askWhetherAllowed(clientId, origin, function (allowed) {
      var state = readState();
      var expected = sessionId === "" ? "" : sha256("browser-state:" + sessionId);
      if (allowed) {
        conclude(state === expected, state, answer);
      } else {
        answer("error");
      }
    });
  }

  // Where the browser hides our cookies from frames in other sites, nothing is known: to say "changed" would sign people out.
  function conclude(same, state, answer) {
    if (same) {
      answer("unchanged");
    } else if (state !== "" || !document.hasStorageAccess) {
      answer("changed");
    } else {
      document.hasStorageAccess().then(
        function (seen) { answer(seen ? "changed" : "error"); },
        function () { answer("error"); }
      );
    }
  }

  function askWhetherAllowed(clientId, origin, tell) {
    var key = clientId + " " + origin;
    if (verdicts[key]) {
      tell(true);
      return;
    }
    var request = new XMLHttpRequest();
    request.open("GET", location.pathname + "/init?client_id=" + encodeURIComponent(clientId) + "&origin=" + encodeURIComponent(origin));
    request.onload = function () {
      verdicts[key] = request.status === 204;
      tell(verdicts[key]);
    };
    request.onerror = function () { tell(false); };
    request.send();
  }

  function readState() {
    var parts = document.cookie.split(";");
    for (var index = 0; index < parts.length; index += 1) {
      var pair = parts[index].replace(/^\s+/, "");
      if (pair.indexOf(cookieName + "=") === 0) {
        return pair.slice(cookieName.length + 1);
      }
    }
    return "";
  }

  // SHA-256 (FIPS 180-4) of ASCII text. The browser's own is asynchronous, and absent where the page around us is not secure.
  var PRIMES = (function () {
    var found = [];
    for (var number = 2; found.length < 64; number += 1) {
      if (found.every(function (prime) { return number % prime !== 0; })) {
        found.push(number);
      }
    }
    return found;
  }());

  function fraction(value) {
    return ((value - Math.floor(value)) * 4294967296) | 0;
  }

  var CONSTANTS = PRIMES.map(function (prime) { return fraction(Math.pow(prime, 1 / 3)); });
  var START = PRIMES.slice(0, 8).map(function (prime) { return fraction(Math.sqrt(prime)); });

  function rotate(word, bits) {
    return (word >>> bits) | (word << (32 - bits));
  }

  function pad(text) {
    var words = new Array((((text.length + 8) >> 6) + 1) * 16);
    var index;
    for (index = 0; index < words.length; index += 1) {
      words[index] = 0;
    }
    for (index = 0; index < text.length; index += 1) {
      words[index >> 2] |= text.charCodeAt(index) << (24 - (index & 3) * 8);
    }
    words[text.length >> 2] |= 0x80 << (24 - (text.length & 3) * 8);
    words[words.length - 1] = text.length * 8;
    return words;
  }

  function expand(block) {
    var words = block.slice();
    for (var index = 16; index < 64; index += 1) {
      var early = words[index - 15];
      var late = words[index - 2];
      var first = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
      var second = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
      words[index] = (words[index - 16] + first + words[index - 7] + second) | 0;
    }
    return words;
  }

  function compress(hash, block) {
    var words = expand(block);
    var s = hash.slice();
    for (var index = 0; index < 64; index += 1) {
      var big = rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25);
      var choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
      var first = (s[7] + big + choice + CONSTANTS[index] + words[index]) | 0;
      var small = rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22);
      var majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
      s = [(first + small + majority) | 0, s[0], s[1], s[2], (s[3] + first) | 0, s[4], s[5], s[6]];
    }
    return hash.map(function (word, position) { return (word + s[position]) | 0; });
  }

  function sha256(text) {
    var words = pad(text);
    var hash = START;
    for (var index = 0; index < words.length; index += 16) {
      hash = compress(hash, words.slice(index, index + 16));
    }
    return hash.map(function (word) { return ("0000000" + (word >>> 0).toString(16)).slice(-8); }).join("");
  }
}());
