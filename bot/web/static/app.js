// The console with JavaScript: everything works without it, this makes it live.
import { startTimes } from "./times.js";
import { startLive } from "./live.js";
import { startSheets } from "./sheet.js";
import { startKeys } from "./keys.js";
import { startPalette } from "./palette.js";
import { startRota } from "./oncall.js";
import { startRing } from "./ring.js";
import { startSettings } from "./views.js";

document.documentElement.classList.add("js");
startSettings();
startTimes();
startSheets();
startPalette();
startKeys();
startRota();
startRing();
startLive();
