// What the page says of a person's own data and of trying the model, in every language. Pure: figures in, texts out.

import { COMMON_ENGLISH } from '../../common/commonEnglish.ts';
import { COMMON_GERMAN } from '../../common/commonGerman.ts';
import type { Words } from '../../common/language.ts';
import type { OwnProblem, OwnProblemName } from '../../device/own/ownProblem.ts';
import { MOST_OWN_MIB } from '../../device/own/ownSamples.ts';
import type { InputKind, NoInput } from './inputKind.ts';
import { ENGLISH_TABLE, GERMAN_TABLE } from './tableWords.ts';

export type OwnWords = typeof ENGLISH;

const english = COMMON_ENGLISH.formats;
const ownSamples = (number: number): string => english.count(number, 'own sample', 'own samples');

/** Where the Worker's own words are not for everybody. */
const ENGLISH_PROBLEMS: Partial<Record<OwnProblemName, string>> = {
  BudgetError: 'The memory budget of this device has no room for it: with a larger one it can be made.',
  DivergenceError: 'The training lost its way, so the shared model stays as it is. Other samples may help.',
  BackendError: 'The browser gives this tab no more memory. Close other tabs, then try again.',
  codeMissing:
    'What this takes could not be fetched: the page is older than its server, or the network is gone. Load the page anew.',
};

const ENGLISH = {
  title: 'Your own data',
  lead: {
    drawing:
      'Draw a digit and see what the model takes it for. Tap what it really is, and it is one of your own samples.',
    motion: 'Choose what you do, record it with this phone, and the model learns how you move.',
    pictures:
      'Choose pictures and see what the model takes them for. Tap what they really are, and they are your own samples.',
    table: 'Choose a CSV file with rows of your own, or type a row in and see what the model makes of it.',
  } satisfies Record<InputKind, string> as Record<InputKind, string>,
  /** Why there is nothing to give. */
  nothing: {
    noClasses:
      'None can be added in this run: its model learns figures, and only samples of a class can be given here.',
    otherForm:
      'None can be added in this run: its samples are of a form that no drawing, picture or CSV file gives.',
  } satisfies Record<NoInput, string> as Record<NoInput, string>,
  staysHere: 'All of it stays here: what leaves this tab is the update of the model alone.',
  inversion:
    'From the update of a single device, whoever runs the server could work back to data that it was trained on.',
  formats: english,
  className: COMMON_ENGLISH.className,
  percent: (share: number): string => english.percent(share),
  samples: ownSamples,

  sharedModel: 'Shared model',
  yourModel: 'Your model',
  guess: (name: string, percent: string): string => `${name}, ${percent}`,
  noModelYet: 'not made yet',

  drawing: {
    field: 'Drawing field',
    keys: 'By keyboard: arrow keys move the pen, Space puts it down and lifts it, Backspace takes a stroke back, a digit says what it is.',
    undo: 'Undo',
    clear: 'Clear',
    picture: 'Picture …',
    seen: 'As the model sees it',
    drawFirst: 'Draw something first, then tap what it is.',
    noDigit: (file: string): string =>
      `Nothing stands out in “${file}”. It takes one dark digit on bright paper, or the other way round.`,
    penDown: 'Pen down',
    penUp: 'Pen up',
  },

  motion: {
    record: (seconds: number): string => `Record ${seconds} seconds`,
    watch: 'Try it: watch the model as you move',
    stopWatching: 'Stop watching',
    stop: 'Stop',
    chooseFirst: 'Choose what you are going to do first.',
    startsIn: (seconds: number): string => `Starts in ${seconds} …`,
    recording: (seconds: number, name: string): string => `Recording “${name}”, ${seconds} s left`,
    tooShort: 'That was too short: a sample takes 2.6 seconds of motion without a break.',
    insecure:
      'Browsers give motion sensors to pages with https alone, and this page came by http. Open its https address, or ask whoever runs this for one.',
    unsupported: 'This browser gives pages no motion sensors.',
    denied:
      'The motion sensors were not allowed. Tap again to be asked once more; on an iPhone it may take closing this tab first.',
    silent:
      'No motion has come for two seconds. This device seems to have no motion sensors; a phone has them.',
    noGyroscope: 'This device tells no rotation, which the model needs: it has no gyroscope.',
    trace: 'Acceleration along three axes',
  },

  pictures: {
    files: 'Choose pictures',
    folder: 'Choose a folder of classes',
    folderHint: (names: string): string => `A folder has a folder for each class: ${names}.`,
    chooseFirst: 'Choose a picture first, then tap what it is.',
    which: (file: string, left: number): string =>
      left > 1 ? `What is “${file}”? ${left - 1} more after it.` : `What is “${file}”?`,
    forAll: (number: number): string => `All ${number} are the same`,
    drop: 'Leave it out',
    reading: (done: number, all: number): string => `Reading picture ${done} of ${all}`,
    unreadable: (names: string): string => `Not readable as pictures: ${names}.`,
    unknownFolders: (names: string): string => `Folders that are no class of this task: ${names}.`,
    nothing: 'There was no picture to take.',
    preview: 'The picture as the model sees it',
  },

  table: ENGLISH_TABLE,

  added: (number: number, name: string): string => `Added as “${name}”: ${ownSamples(number)} of it now.`,
  addedMany: (number: number): string => `${COMMON_ENGLISH.samples(number)} added.`,
  tookBack: 'The newest sample is taken back.',
  deleted: 'All own samples and your model are deleted.',

  data: {
    title: 'Your samples',
    none: 'None yet',
    heldOut: (number: number): string =>
      number === 0
        ? 'Of five of a kind one is kept out of all training, to measure by.'
        : `${number} of them kept out of all training, to measure by.`,
    trainOn: 'This tab trains on',
    use: { demo: 'demo data', both: 'both', own: 'mine alone' },
    keep: 'Keep them in this browser',
    keepHint: 'Else they go when this tab is closed.',
    takeBack: 'Take back the newest',
    deleteAll: 'Delete all',
    really: (number: number): string => `Delete ${ownSamples(number)} and your model?`,
    yes: 'Delete',
    no: 'Keep',
  },

  personal: {
    title: 'A model of your own',
    lead: 'Takes the shared model and trains the last of it on your samples, in this tab alone.',
    leadBiases:
      'Takes the shared model and trains its biases on your samples, in this tab alone; more does not fit into the memory budget.',
    make: 'Make it mine',
    makeAgain: 'Make it mine again',
    training: (percent: string): string => `Becoming yours: ${percent}`,
    needsSamples: 'It takes some samples of your own.',
    ready: (version: string): string => `Made from version ${version} of the shared model.`,
    heldOut: (number: number): string =>
      `right on the ${COMMON_ENGLISH.samples(number)} kept out of training`,
    noHeldOut: 'Five samples of a kind, and there is one to measure by.',
    failed: (problem: string): string => `That did not work: ${problem}`,
    done: (mine: string, shared: string): string =>
      `Your model is ready: ${mine} right on your samples kept out, the shared model ${shared}.`,
    doneUnmeasured: 'Your model is ready.',
  },

  resting: 'Training for the run rests meanwhile: the memory budget has room for one model at a time.',
  ended: 'The run has ended. Its model can still be tried, and made yours, as long as its server is there.',
  /** One that nobody has foreseen is shown as it is. */
  problem: ({ name, message }: OwnProblem): string => ENGLISH_PROBLEMS[name as OwnProblemName] ?? message,
};

const GERMAN_PROBLEMS: Readonly<Record<OwnProblemName, string>> = {
  notKept:
    'Dieser Browser behält nichts für diese Seite (ein privates Fenster, oder sein Speicher ist aus, voll oder antwortet nicht), darum bleiben eigene Beispiele nur, solange dieser Tab offen ist.',
  notDeleted: 'Der Browser konnte nicht löschen, was er behält.',
  noneToTakeBack: 'Es gibt kein eigenes Beispiel zurückzunehmen.',
  noneToTrainOn: 'Es gibt noch keine eigenen Beispiele zum Trainieren.',
  tooMany: `Ein Tab nimmt höchstens ${MOST_OWN_MIB} MiB eigener Beispiele.`,
  tooLargeToTry:
    'Das ganze Modell passt nicht in das Speicherbudget dieses Geräts: mit einem größeren lässt es sich ausprobieren.',
  putAway: 'Das Ausprobieren wurde beendet.',
  stopped: 'Es wurde aufgegeben, als das Gerät anhielt oder sein Budget sich änderte.',
  modelGone: 'Der Server hat das Modell dieses Laufs nicht mehr.',
  serverSilent: 'Das neueste Modell war nicht zu bekommen: der Server antwortet nicht.',
  codeMissing:
    'Was es dazu braucht, war nicht zu bekommen: die Seite ist älter als ihr Server, oder das Netz ist weg. Lade die Seite neu.',
  BackendError:
    'Der Browser gibt diesem Tab nicht mehr Speicher. Schließe andere Tabs und versuche es noch einmal.',
  BudgetError: 'Das Speicherbudget dieses Geräts hat dafür keinen Platz: mit einem größeren geht es.',
  DivergenceError:
    'Das Training lief aus dem Ruder, darum bleibt das gemeinsame Modell, wie es ist. Andere Beispiele helfen vielleicht.',
};

const german = COMMON_GERMAN.formats;
const beispiele = (number: number): string => german.count(number, 'eigenes Beispiel', 'eigene Beispiele');

const GERMAN: OwnWords = {
  title: 'Eigene Daten',
  lead: {
    drawing:
      'Zeichne eine Ziffer und sieh, wofür das Modell sie hält. Tippe an, was sie wirklich ist: dann ist sie ein eigenes Beispiel.',
    motion: 'Wähle, was du tust, nimm es mit diesem Telefon auf, und das Modell lernt, wie du dich bewegst.',
    pictures:
      'Wähle Bilder und sieh, wofür das Modell sie hält. Tippe an, was sie wirklich zeigen: dann sind sie eigene Beispiele.',
    table:
      'Wähle eine CSV-Datei mit eigenen Zeilen, oder tippe eine Zeile ein und sieh, was das Modell daraus macht.',
  },
  nothing: {
    noClasses:
      'In diesem Lauf gehen keine: sein Modell lernt Zahlen, und hier lassen sich nur Beispiele einer Klasse geben.',
    otherForm:
      'In diesem Lauf gehen keine: seine Beispiele haben eine Form, die keine Zeichnung, kein Bild und keine CSV-Datei ergibt.',
  },
  staysHere: 'All das bleibt hier: diesen Tab verlässt nur der Beitrag zum Modell.',
  inversion:
    'Wer den Server betreibt, könnte aus dem Beitrag eines einzelnen Geräts auf Daten zurückrechnen, mit denen es trainiert hat.',
  formats: german,
  className: COMMON_GERMAN.className,
  percent: (share) => german.percent(share),
  samples: beispiele,

  sharedModel: 'Gemeinsames Modell',
  yourModel: 'Dein Modell',
  guess: (name, percent) => `${name}, ${percent}`,
  noModelYet: 'noch keins',

  drawing: {
    field: 'Zeichenfeld',
    keys: 'Mit der Tastatur: Pfeiltasten bewegen den Stift, die Leertaste setzt ihn auf und hebt ihn ab, die Rücktaste nimmt einen Strich zurück, eine Ziffer sagt, was es ist.',
    undo: 'Zurück',
    clear: 'Leeren',
    picture: 'Bild …',
    seen: 'So sieht es das Modell',
    drawFirst: 'Zeichne erst etwas, dann tippe an, was es ist.',
    noDigit: (file) =>
      `In „${file}“ hebt sich nichts ab. Es braucht eine dunkle Ziffer auf hellem Papier oder umgekehrt.`,
    penDown: 'Stift aufgesetzt',
    penUp: 'Stift abgehoben',
  },

  motion: {
    record: (seconds) => `${seconds} Sekunden aufnehmen`,
    watch: 'Ausprobieren: dem Modell beim Bewegen zusehen',
    stopWatching: 'Nicht mehr zusehen',
    stop: 'Anhalten',
    chooseFirst: 'Wähle erst, was du tun wirst.',
    startsIn: (seconds) => `Beginnt in ${seconds} …`,
    recording: (seconds, name) => `Nimmt „${name}“ auf, noch ${seconds} s`,
    tooShort: 'Das war zu kurz: ein Beispiel braucht 2,6 Sekunden Bewegung ohne Unterbrechung.',
    insecure:
      'Browser geben Bewegungssensoren nur Seiten mit https, und diese Seite kam über http. Öffne ihre https-Adresse, oder frage den, der dies betreibt, danach.',
    unsupported: 'Dieser Browser gibt Seiten keine Bewegungssensoren.',
    denied:
      'Die Bewegungssensoren wurden nicht erlaubt. Tippe noch einmal, um gefragt zu werden; auf einem iPhone muss dieser Tab dafür vielleicht erst geschlossen werden.',
    silent:
      'Seit zwei Sekunden kam keine Bewegung. Dieses Gerät hat wohl keine Bewegungssensoren; ein Telefon hat sie.',
    noGyroscope: 'Dieses Gerät meldet keine Drehung, die das Modell aber braucht: es hat kein Gyroskop.',
    trace: 'Beschleunigung längs dreier Achsen',
  },

  pictures: {
    files: 'Bilder wählen',
    folder: 'Ordner mit Klassen wählen',
    folderHint: (names) => `Ein Ordner enthält für jede Klasse einen Ordner: ${names}.`,
    chooseFirst: 'Wähle erst ein Bild, dann tippe an, was es zeigt.',
    which: (file, left) =>
      left > 1 ? `Was zeigt „${file}“? Danach noch ${left - 1}.` : `Was zeigt „${file}“?`,
    forAll: (number) => `Alle ${number} zeigen dasselbe`,
    drop: 'Auslassen',
    reading: (done, all) => `Liest Bild ${done} von ${all}`,
    unreadable: (names) => `Nicht als Bilder lesbar: ${names}.`,
    unknownFolders: (names) => `Ordner, die keine Klasse dieser Aufgabe sind: ${names}.`,
    nothing: 'Da war kein Bild, das man nehmen könnte.',
    preview: 'Das Bild, wie das Modell es sieht',
  },

  table: GERMAN_TABLE,

  added: (number, name) => `Als „${name}“ hinzugefügt: davon jetzt ${beispiele(number)}.`,
  addedMany: (number) => `${COMMON_GERMAN.samples(number)} hinzugefügt.`,
  tookBack: 'Das neueste Beispiel ist zurückgenommen.',
  deleted: 'Alle eigenen Beispiele und dein Modell sind gelöscht.',

  data: {
    title: 'Deine Beispiele',
    none: 'Noch keine',
    heldOut: (number) =>
      number === 0
        ? 'Von fünf einer Art bleibt eines allem Training fern, um daran zu messen.'
        : `${number} davon bleiben allem Training fern, um daran zu messen.`,
    trainOn: 'Dieser Tab trainiert mit',
    use: { demo: 'Demodaten', both: 'beidem', own: 'meinen' },
    keep: 'In diesem Browser behalten',
    keepHint: 'Sonst sind sie weg, wenn dieser Tab geschlossen wird.',
    takeBack: 'Neuestes zurücknehmen',
    deleteAll: 'Alle löschen',
    really: (number) => `${beispiele(number)} und dein Modell löschen?`,
    yes: 'Löschen',
    no: 'Behalten',
  },

  personal: {
    title: 'Ein eigenes Modell',
    lead: 'Nimmt das gemeinsame Modell und trainiert das Letzte daran mit deinen Beispielen, nur in diesem Tab.',
    leadBiases:
      'Nimmt das gemeinsame Modell und trainiert seine Schwellenwerte mit deinen Beispielen, nur in diesem Tab; mehr passt nicht in das Speicherbudget.',
    make: 'Mach es zu meinem',
    makeAgain: 'Noch einmal zu meinem machen',
    training: (percent) => `Wird deins: ${percent}`,
    needsSamples: 'Es braucht ein paar eigene Beispiele.',
    ready: (version) => `Aus Version ${version} des gemeinsamen Modells gemacht.`,
    heldOut: (number) =>
      `richtig bei ${number === 1 ? 'dem Beispiel, das' : `den ${number} Beispielen, die`} dem Training fernblieb${number === 1 ? '' : 'en'}`,
    noHeldOut: 'Mit fünf Beispielen einer Art gibt es eines, um daran zu messen.',
    failed: (problem) => `Das ging nicht: ${problem}`,
    done: (mine, shared) =>
      `Dein Modell ist fertig: ${mine} richtig bei deinen ferngehaltenen Beispielen, das gemeinsame Modell ${shared}.`,
    doneUnmeasured: 'Dein Modell ist fertig.',
  },

  resting: 'Das Training für den Lauf ruht so lange: im Speicherbudget ist nur Platz für ein Modell.',
  ended:
    'Der Lauf ist zu Ende. Sein Modell lässt sich weiter ausprobieren und zu deinem machen, solange sein Server da ist.',
  problem: ({ name, message }) => GERMAN_PROBLEMS[name as OwnProblemName] ?? message,
};

export const OWN_WORDS: Words<OwnWords> = { en: ENGLISH, de: GERMAN };
