// The dashboard's words in German.

import type { DashboardDeviceState, DeskField } from '../../shared/contract/dashboard.ts';
import type { MicroBatchForm } from '../../shared/engine/plan.ts';
import { COMMON_GERMAN } from '../common/commonGerman.ts';
import type { DashboardWords } from './english.ts';

const { formats, devices, samples, updates } = COMMON_GERMAN;
const { whole } = formats;

/** Of several, as a verb. */
const MANY: Readonly<Record<DashboardDeviceState, string>> = {
  training: 'trainieren',
  waiting: 'warten',
  asleep: 'schlafen',
  gone: 'sind weg',
};
const ONE: Readonly<Record<DashboardDeviceState, string>> = {
  training: 'trainiert',
  waiting: 'wartet',
  asleep: 'schläft',
  gone: 'weg',
};

/** All settings that may change while a run goes on: whichever the server offers has its name. */
const FIELDS: Readonly<Record<DeskField['name'], string>> = {
  strategy: 'Strategie',
  buffer: 'K',
  deadlineSeconds: 'Frist (s)',
  serverLearningRate: 'Server-Rate',
  optimizer: 'Optimierer',
  maxStaleness: 'Größter Rückstand',
  clip: 'Kappung',
  calibration: 'Kalibrierung',
  seldom: 'Fenster für selten Gehörte',
  averaging: 'Mittelung',
  onePerDevice: 'Ein Beitrag je Gerät',
  subset: 'Teil',
  floorBytes: 'Untergrenze (Bytes)',
  learningRate: 'Lokale Rate',
};

/** How a batch is cut. */
const FORMS: Readonly<Record<MicroBatchForm, string>> = {
  whole: 'ganz',
  deferred: 'aufgeschoben',
  accumulating: 'sammelnd',
  immediate: 'sofort',
};

export const GERMAN: DashboardWords = {
  ...COMMON_GERMAN,

  page: {
    connecting: 'Verbindet',
    compare: 'Eine Flotte, mehrere Modelle',
    compareNote:
      'Jedes Gerät hier trainiert für eines dieser Modelle: der Server verteilt sie so, dass jedes Modell Geräte gleicher Art und Geschwindigkeit bekommt. Alle Modelle begannen mit denselben Parametern. Das gewählte ist das, was der Rest dieser Seite zeigt.',
    model: 'Das gemeinsame Modell',
    version: 'Version',
    rate: 'Versionen pro Minute',
    updates: 'Beiträge',
    time: 'Zeit',
    heldBack:
      'Etwas zwischen dieser Seite und dem Server hält die laufenden Meldungen zurück, darum fragt diese Seite alle zwei Sekunden nach.',
    loss: 'Verlust bei zurückgehaltenen Beispielen',
    join: 'Mitmachen',
    qr: 'QR-Code der Adresse darunter',
    network: 'Netz',
    buffer: 'Puffer',
    desk: 'Steuern',
    slowWho: 'Von den Geräten',
    quarter: 'ein Viertel',
    half: 'die Hälfte',
    everyone: 'alle',
    slowOf: '',
    slowTimes: 'mal langsamer',
    slow: 'Verlangsamen',
    unslow: 'Alle in vollem Tempo',
    pauseAll: 'Alle pausieren',
    endRun: 'Lauf beenden',
    settings: 'Einstellungen dieses Modells',
    change: 'Ändern',
    task: 'Aufgabe',
    begin: 'Neu beginnen',
    save: 'Speichern',
    devices: 'Geräte',
    table: 'Tabelle',
    deviceTable: 'Geräte als Tabelle',
    nobody: 'Noch ist niemand da.',
    cost: 'Aufwand, verglichen mit FedAvg',
    payload: 'Übertragene Daten',
    memory: 'Speicher eines Geräts',
    here: 'hier',
    ages: 'Wie alt die Beiträge waren',
    agesNote:
      'So viele Versionen entstanden, während ein Gerät trainierte. Ein älterer Beitrag zählt weniger.',
    parts: 'Wer welchen Teil des Modells trainiert',
    partsNote: 'Ausgefüllt: trainiert. Schraffiert: benutzt, aber nicht trainiert.',
    arena: 'Speicher eines lokalen Schritts',
    arenaLabel: 'Arena im Verlauf der Zeit',
    confusion: 'Was wofür gehalten wird',
    confusionLabel: 'Verwechslungen des gemeinsamen Modells',
    mistakes: 'Wo es sich irrt und sich doch sicher ist',
    mistakesNote: 'Zurückgehaltene Beispiele, die kein Gerät gesehen hat.',
    scores: 'Ergebnisse im Verlauf der Zeit',
    score: 'Ergebnis im Verlauf der Zeit',
    losses: 'Verlust im Verlauf der Zeit',
    rates: 'Versionen pro Minute im Verlauf der Zeit',
    looksOnly: 'Diese Seite schaut nur zu: sie macht nicht mit und ändert nichts.',
  },
  title: 'Minnow-Dashboard',
  description: 'Ein Lauf von Minnow, während er trainiert: das Modell, die Geräte, der Aufwand.',

  status: {
    ended: 'Beendet',
    lost: 'Verbindung verloren, versucht es wieder',
    paused: 'Pausiert',
    live: 'Läuft',
  },

  join: {
    scan: 'Scanne den Code oder tippe die Adresse ein. Es muss nichts installiert werden.',
    isLocal: 'Diese Adresse führt nirgendwohin als zu diesem Rechner.',
  },

  charts: {
    score: (metric, now) => `${metric} im Verlauf der Zeit, jetzt ${now}`,
    loss: (now) => `Verlust im Verlauf der Zeit, jetzt ${now}`,
    rate: (now) => `Versionen pro Minute im Verlauf der Zeit, jetzt ${now}`,
    unknown: 'unbekannt',
    target: (value) => `Ziel ${value}`,
    compared: (metric, all) => `${metric} im Verlauf der Zeit: ${all}`,
    comparedRun: (strategy, score, version) =>
      `${strategy} ${score} nach ${formats.count(version, 'Version', 'Versionen')}`,
  },

  compare: { versions: 'Versionen', aMinute: 'pro Minute' },

  buffer: {
    of: (size) => `von ${formats.count(size, 'Beitrag', 'Beiträgen')}`,
    cohort: 'Kohorte',
    cohortNote:
      'Die nächste Version kommt, wenn alle geantwortet haben, die eine Aufgabe haben: jeder wartet auf den Langsamsten.',
    eachNote: 'Jeder Beitrag macht sofort eine Version. Niemand wartet.',
    note: 'Ein voller Puffer macht die nächste Version. Niemand wartet auf die Langsamen.',
    waitsFor: (count) => `wartet auf ${devices(count)}`,
    settings: (subset, localRate, serverRate) =>
      `Trainiert wird: ${subset} · lokale Rate ${localRate} · Server-Rate ${serverRate}`,
    clipped: (tensors) =>
      `${formats.count(tensors, 'Tensor', 'Tensoren')} aus Beiträgen bewegte${tensors === 1 ? '' : 'n'} sich weiter als üblich und wurde${tensors === 1 ? '' : 'n'} gekappt.`,
  },

  device: {
    states: ONE,
    census: (count, state) => `${whole(count)} ${(count === 1 ? ONE : MANY)[state]}`,
    showGone: (count) => (count === 1 ? '1 verschwundenes zeigen' : `${count} verschwundene zeigen`),
    slower: (factor) => `${factor}× langsamer`,
    memoryOf: (bytes, budget) => `${bytes} von ${budget}`,
    budget: (budget) => `Budget ${budget}`,
    notEnforced: 'nicht erzwungen',
    all: 'alles',
    trains: 'Anteil',
    updates: 'Beiträge',
    age: 'Alter',
    bytes: 'Daten',
    remove: (name) => `${name} entfernen`,
  },

  table: {
    device: 'Gerät',
    browser: 'Browser',
    cores: 'Kerne',
    backend: 'Rechenwerk',
    step: 'Schritt jetzt',
    steps: 'Schritt im Verlauf',
    memory: 'Speicher, höchstens',
    down: 'Empfangen',
    up: 'Gesendet',
    updates: 'Beiträge',
    notYet: 'noch nicht',
    curve: (first, last, most) => `von ${first} bis ${last}, höchstens ${most}`,
  },

  cost: (batch) =>
    `FedAvg: ebenso viele Beiträge mit dem ganzen Modell, 4 Bytes je Parameter, hin und zurück; und ein Gerät, das für das Training des ganzen Modells Platz hat, ${samples(batch)} auf einmal. Hier: alle Bytes bisher, und was ein Gerät höchstens belegt.`,

  ages: {
    none: 'Noch keine Beiträge',
    bar: (count, age) => `${updates(count)}, ${age} Versionen alt`,
  },

  parts: {
    trains: (budget, share) => `${budget}, trainiert ${share}`,
    bias: 'Bias',
    narrows: (budget) => `beschränkt alle auf das, was sich in ${budget} trainieren lässt.`,
    narrowsNobody: 'beschränkt niemanden: es trainiert seinen eigenen Teil.',
    exempt: 'Die anderen mehr trainieren lassen',
    unexempt: 'Es wieder beschränken lassen',
  },

  arena: {
    title: (model, bytes, form, microBatch, batch, percent) =>
      `${model}: Arena von ${bytes}, ${FORMS[form]} ${microBatch} von ${batch}, trainiert ${percent}`,
    at: (name, bytes, offset) => `${name}, ${bytes} ab ${offset}`,
    axis: (ops) =>
      `${ops} Operationen eines Micro-Batches, der Reihe nach; Bytes vom Anfang der Arena aufwärts`,
    roles: {
      metrics: 'Messwerte',
      parameter: 'Parameter',
      base: 'Basis',
      accumulator: 'Akkumulator',
      input: 'Eingabe',
      labels: 'Klassen',
      activation: 'Aktivierung',
      argmax: 'Argmax',
      mask: 'Maske',
      stats: 'Statistik',
      gradient: 'Gradient',
    },
    size: formats.bytes,
    percent: (share) => formats.percent(share, 1),
    note: (budget, microBatch, batch, bytes) =>
      `Jeder Tensor, den ein Gerät mit ${budget} während eines Schritts belegt, ${microBatch} von ${formats.count(batch, 'Beispiel', 'Beispielen')} auf einmal. Alles hat seinen Platz vor dem ersten Schritt: ${bytes}, und nie mehr.`,
    missing: 'Dieses Bild war nicht zu bekommen. Lade die Seite neu.',
  },

  examination: {
    note: (wrong, all) =>
      `Zeilen: was es ist; Spalten: was das Modell sagt. Falsch bei ${whole(wrong)} von ${formats.count(all, 'Beispiel', 'Beispielen')}.`,
    taken: (truth, said) => `${truth}, gehalten für ${said}`,
    is: (truth) => `, ist ${truth}`,
    sure: (percent) => `${percent} sicher`,
  },

  desk: {
    foot: 'Diese Seite darf den Lauf steuern: wer ihren Link mit dem Token sieht, darf es auch.',
    pauseAll: 'Alle pausieren',
    start: 'Starten',
    goOn: 'Weiter',
    compare: (strategies) => `${strategies} vergleichen`,
    alone: (strategy) => `${strategy} allein`,
    and: ' und ',
    subsets: {
      weakest: 'ein Teil für alle',
      tailored: 'ein Teil für jedes Gerät',
      subnetwork: 'ein schmaleres Netz',
      rolling: 'ein wanderndes Netz',
      rotating: 'Scheiben reihum',
      full: 'das ganze Modell',
    },
    field: ({ name }) => FIELDS[name],
    files: {
      safetensors: 'Modell (safetensors)',
      tfjs: 'Modell (TensorFlow.js)',
      metricsCsv: 'Messwerte (CSV)',
      metricsJsonl: 'Messwerte (JSONL)',
      devicesCsv: 'Geräte (CSV)',
    },

    failed: (reason) => `Das ging nicht: ${reason}`,
    unreachable: 'der Server antwortet nicht',
    opening: 'Öffnet …',
    changed: 'Geändert: es gilt ab der nächsten Aufgabe und Version.',
    allGoOn: 'Alle Geräte machen weiter.',
    allPause: 'Alle Geräte pausieren nach dem Schritt, bei dem sie sind.',
    slowed: (whose, factor) => `Von den Geräten, die da sind: ${whose} ${factor}-mal langsamer`,
    forEach: ', ebenso viele für jedes Modell',
    unslowed: 'Alle Geräte sind so schnell, wie sie sind.',
    askBegin: (task) =>
      `Neu beginnen mit „${task}“, bei Version 0? Die Geräte machen von selbst weiter. Was bisher gelernt wurde, bleibt in seinem Ordner.`,
    begun: (task) => `Neu begonnen: ${task}.`,
    askCompare: (strategies) =>
      `Neu beginnen mit zwei Modellen, eines nach ${strategies.replace(' und ', ' und eines nach ')}? Jedes Gerät trainiert für eines davon.`,
    askAlone: (strategy) => `Neu beginnen mit ${strategy} allein? Die Geräte machen von selbst weiter.`,
    begin: (strategies) => `${strategies} beginnen.`,
    askEnd: 'Diesen Lauf endgültig beenden? Die Geräte hören auf, und das Modell bleibt, wie es ist.',
    ended: 'Der Lauf ist zu Ende.',
    saved: (files) => `Gespeichert: ${files}.`,
    askRemove: (name) =>
      `${name} entfernen? Seine Seite erfährt es und kann als neues Gerät wieder mitmachen.`,
    removed: (name) => `Entfernt: ${name}.`,
    exempted: (name) => `${name} beschränkt jetzt niemanden.`,
    unexempted: (name) => `${name} darf wieder alle beschränken.`,
  },
};
