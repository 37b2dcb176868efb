// Sends the form on to the application; without a script the person presses the button.
"use strict";

document.querySelector("form[data-form-post]").submit();
