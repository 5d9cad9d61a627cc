// The join page's words in German. Fetched only by those who read them.

import { COMMON_GERMAN } from '../common/commonGerman.ts';
import type { JoinWords } from './english.ts';
import { BACKENDS, type Expectation } from './joinParameters.ts';

const { formats, frozen, more, notExamined, samples, scores, updates, versions, waitingFor } = COMMON_GERMAN;
const { count } = formats;

/** In the genitive, with and in the accusative after "in". */
const TASK_NOUNS: Readonly<Record<string, readonly [genitive: string, accusative: string]>> = {
  digits: ['eines Ziffernlesers', 'einen Ziffernleser'],
  fashion: ['eines Kleidererkenners', 'einen Kleidererkenner'],
  cifar10: ['eines Bildersortierers', 'einen Bildersortierer'],
  har: ['eines Bewegungslesers', 'einen Bewegungsleser'],
};

const EXPECTATIONS: Readonly<Record<Expectation, string>> = {
  shortText: 'ein Text von höchstens 200 Zeichen',
  budget: 'zwischen 8KiB und 64MiB (Bytes, KiB oder MiB)',
  flops: 'eine Zahl von FLOP/s >= 0 wie 2e9',
  seed: 'eine ganze Zahl >= 0',
  straggler: 'eine Zahl >= 1',
  tempo: 'eine Zahl von Sekunden von 0 bis 60',
  backend: `auto oder eins von ${BACKENDS.join(', ')}`,
  origin: 'eine Adresse mit http oder https wie http://192.168.1.20:8080',
};

function modelOf({ id, title }: { id: string; title: string }): readonly [string, string] {
  return (
    TASK_NOUNS[id] ??
    (title ? [`von „${title}“`, `„${title}“`] : ['eines gemeinsamen Modells', 'ein gemeinsames Modell'])
  );
}

export const GERMAN: JoinWords = {
  formats,

  headline: {
    joining: 'Tritt bei …',
    notJoined: 'Dieses Gerät macht noch nicht mit.',
    otherServer: 'Dieser Link führt zu einem anderen Server.',
    firstPart: (task) => `Beigetreten. Der erste Teil ${modelOf(task)[0]} ist unterwegs.`,
    waits: (task) => `Beigetreten. Dieses Gerät wartet darauf, ${modelOf(task)[1]} zu trainieren.`,
    trains(name, share, task, others) {
      const company =
        others > 0
          ? [` ${modelOf(task)[0]} mit `, count(others, 'anderen', 'anderen'), '.']
          : [` ${modelOf(task)[0]}, bisher allein.`];
      return ['Dieses Gerät, ', name, ', trainiert ', share, ...company];
    },
    left: (numUpdates, task) => [
      'Du hast aufgehört. ',
      updates(numUpdates),
      ` dieses Geräts ${numUpdates === 1 ? 'ging' : 'gingen'} in ${modelOf(task)[1]} ein.`,
    ],
    superseded: 'Dieses Gerät macht in einem anderen Tab weiter.',
    removed: 'Dieser Tab macht nicht mehr mit.',
    ended: 'Dieser Lauf ist zu Ende.',
    failed: 'Dieser Tab kann nicht trainieren.',
    budgetTooSmall: 'Mit so wenig Speicher lässt sich nicht trainieren.',
    refused: 'Der Server hat abgelehnt.',
    memoryRefused: 'Dieser Tab bekam keinen Speicher zum Trainieren.',
  },

  status: {
    connecting: 'Verbindet',
    lost: 'Verbindung verloren',
    offline: 'Ohne Netz',
    paused: 'Pausiert',
    held: 'Ruht',
    joined: 'Beigetreten',
    training: 'Trainiert',
    refused: 'Abgelehnt',
    ended: 'Beendet',
    left: 'Aufgehört',
    failed: 'Angehalten',
  },

  activity: {
    paused: 'Pausiert: es wird nichts gerechnet',
    held: 'Ruht: es wird nichts gerechnet',
    pausedForAll: 'Von der Leitung für alle pausiert: es wird nichts gerechnet',
    step: (step, numSteps) => `Lokaler Schritt ${step} von ${numSteps}`,
    slowed: (slowdown) => `, von der Leitung ${slowdown}-mal verlangsamt`,
    takingIn: 'Nimmt das Modell auf',
    sending: 'Sendet seinen Beitrag',
    waiting: 'Wartet auf die nächste Aufgabe',
    waitingFor,
    afterDivergence: 'Ruht einen Moment: das letzte Training lief aus dem Ruder',
    resuming: 'Nichts ist verloren: das Training geht weiter, wo es war',
    looking: 'Sucht den Server',
    starting: 'Fängt an',
    nextTry: (seconds) => `; nächster Versuch in ${seconds} s`,
    asking: 'Wartet auf deine Zustimmung',
  },

  hint: {
    battery: 'Der Akku ist schwach, darum ruht dieses Gerät, bis es lädt.',
    dataSaver:
      'Dieser Browser soll Daten sparen, darum wird fürs Training nichts geladen und nichts gesendet.',
    offline: 'Dieses Gerät hat kein Netz. Es macht von selbst weiter, wenn das Netz wieder da ist.',
    unreachable: 'Der Server ist nicht zu erreichen. Diese Seite macht von selbst weiter, wenn er es ist.',
    workerLate: 'Der Teil dieser Seite, der trainiert, ist noch nicht da: er ist noch unterwegs.',
    otherServer: (host) =>
      `Dieser Tab würde für „${host}“ trainieren. Von diesem Server kommt diese Seite nicht. Mach nur weiter, wenn du dem traust, der dir den Link gegeben hat.`,
    slept: (seconds) =>
      seconds < 120
        ? `Dieser Tab hat ${count(seconds, 'Sekunde', 'Sekunden')} geschlafen und macht weiter, wo er war.`
        : `Dieser Tab hat ${count(Math.round(seconds / 60), 'Minute', 'Minuten')} geschlafen und macht weiter, wo er war.`,
    tapToKeepOn: 'Tippe irgendwohin, damit der Bildschirm an bleibt: geht er aus, ruht dieses Gerät.',
    screenMayTurnOff: 'Hier hält nichts den Bildschirm an: geht er aus, ruht dieses Gerät.',
  },

  notice: {
    otherBackend: (why) => `Dieser Tab trainiert stattdessen in WebAssembly: ${why}.`,
    diverged: (detail) =>
      `Das Training lief aus dem Ruder (${detail}), darum wurde der Beitrag verworfen. Der nächste beginnt beim gemeinsamen Modell.`,
    divergesAgain: (times) =>
      `Das war ${times}-mal hintereinander: die Lernrate dieses Laufs ist wohl zu hoch. Die Leitung kann sie senken.`,
    memoryRefused: (size) =>
      `Der Browser gibt diesem Tab keine ${size} Speicher. Schließe andere Tabs und Programme und versuche es noch einmal, oder erlaube weniger: dann trainiert dieser Tab einen kleineren Teil.`,
    workerFailed: (detail) =>
      `Der Teil dieser Seite, der trainiert, ließ sich nicht starten (${detail}). Lade die Seite neu; hilft das nicht, nimm einen anderen Browser.`,
    gpuFailed: (detail) => `Die GPU hat versagt, darum macht dieses Gerät ohne sie weiter (${detail}).`,
    noWebGpu: 'dieser Browser hat hier kein WebGPU',
    budgetTooSmall: (budget) =>
      `Kein Teil des Modells lässt sich in ${budget} trainieren. Mit dem Regler unten lässt sich mehr erlauben.`,
    smallestBudget: (smallest) => `Es reichen ${smallest}.`,
    superseded: 'Ein anderer Tab hat diese Sitzung übernommen. Hier geht es als weiteres Gerät.',
    removed: 'Die Leitung hat diesen Tab entfernt. Er kann als neues Gerät wieder mitmachen.',
    runEnded: 'Danke fürs Mitmachen. Das Modell ist fertig.',
    unknownRun: (run) =>
      `Auf diesem Server gibt es keinen Lauf „${run}“. Prüfe die Adresse, oder bitte um einen neuen Link.`,
    badCode:
      'Dieser Lauf braucht seinen Code. Scanne den QR-Code der Leitung, oder tippe die Adresse so ab, wie sie dort steht.',
    protocolVersion: 'Diese Seite und der Server sind verschieden alt. Lade die Seite neu.',
    flood:
      'Dem Server waren es zu viele Nachrichten von diesem Tab. Warte einen Moment und lade die Seite neu.',
    otherRefusal: (code, message) => `Der Server hat diesen Tab abgelehnt (${code}): ${message}`,
    mistake: (name, expected, text) => `„${name}“ muss ${EXPECTATIONS[expected]} sein, nicht „${text}“.`,
    badAddress: 'In der Adresse dieser Seite ist ein Fehler, darum ist dieser Tab nicht beigetreten.',
  },

  data: {
    nothingYet: 'Nichts verlässt diesen Tab außer dem Beitrag zum Modell.',
    demo: (numSamples) =>
      `${samples(numSamples)} zum Üben vom Server; nichts verlässt diesen Tab außer dem Beitrag zum Modell.`,
    both: (numSamples) =>
      `${samples(numSamples)} vom Server und eigene; nichts verlässt diesen Tab außer dem Beitrag zum Modell.`,
    own: (numSamples) =>
      `${count(numSamples, 'eigenes Beispiel', 'eigene Beispiele')}; nichts verlässt diesen Tab außer dem Beitrag zum Modell.`,
  },

  score: { notYet: notExamined, of: scores },

  engine: {
    webgpu: 'WebGPU',
    tfjs: 'TensorFlow.js auf WebGPU',
    relaxed: 'WebAssembly, SIMD mit FMA',
    simd: 'WebAssembly, SIMD',
    scalar: 'WebAssembly, langsam',
    gpuFailed: (engine) => `${engine} (die GPU hat versagt)`,
    needsHttps: (engine) => `${engine}; WebGPU braucht https`,
  },

  memory: {
    promise: 'Dieser Tab trainiert nie mit mehr, als er angibt.',
    noPromise: 'Der Server wählt den Teil danach, aber TensorFlow.js hält sich nicht daran.',
    nothing: 'Nichts ist belegt.',
    nothingYet: 'noch nichts',
    measured: 'gemessen',
    notEnforced: (figure) =>
      `Grenze nicht erzwungen: TensorFlow.js nimmt, was es nimmt, bisher ${figure} auf der GPU.`,
    of: (budget) => `von ${budget}`,
    allocated: (allocated) => `Alles, was das Training braucht. ${allocated} sind belegt und wachsen nie.`,
    inUse: (figure, budget) => `Es nutzt ${figure} von ${budget} Speicher, die es nutzen darf.`,
  },

  figures: {
    updates: (accepted, refused) => (refused > 0 ? `${accepted} (${refused} abgelehnt)` : accepted),
    noStaleness: 'keiner',
    staleness: versions,
    identity: (deviceId, run) => `Gerät ${deviceId} im Lauf ${run}.`,
  },

  model: {
    all: 'das Ganze',
    allSent: 'Das ganze Modell; der Server schickt dessen neueste Version.',
    narrower: (share) =>
      `${share} der Parameter, als eigenes, schmaleres Netz. Der schraffierte Teil wird hier nicht gebraucht.`,
    part: (share) => `${share} der Parameter. Der schraffierte Teil wird hier benutzt, aber nicht trainiert.`,
    frozen,
    trained: 'trainiert',
    shareTrained: (share) => `${share} trainiert`,
  },

  shoalMore: more,
  buttons: {
    pause: 'Pause',
    goOn: 'Weiter',
    goOnAnyway: 'Trotzdem weiter',
    trainFor: (host) => `Für ${host} trainieren`,
    joinAgain: 'Wieder mitmachen',
    tryAgain: 'Noch einmal versuchen',
    declare: (size) => `${size} erlauben`,
  },
};
