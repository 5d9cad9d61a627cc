// What all pages say, in German. Fetched only by those who read it.

import type { Waiting } from '../../shared/contract/waiting.ts';
import type { CommonWords } from './commonEnglish.ts';
import { createFormats } from './formats.ts';

const formats = createFormats('de');
const { count, whole } = formats;

const devices = (number: number): string => count(number, 'Gerät', 'Geräte');
const updates = (number: number): string => count(number, 'Beitrag', 'Beiträge');
const sleepersOf = (asleep: number): string => `${asleep} ${asleep === 1 ? 'schläft' : 'schlafen'}`;

/** Of the tasks that come with Minnow. */
const TITLES = new Map(
  Object.entries({
    'Handwritten digits': 'Handgeschriebene Ziffern',
    'Clothes (Fashion-MNIST)': 'Kleidung (Fashion-MNIST)',
    'Things (CIFAR-10)': 'Dinge (CIFAR-10)',
    'Activities (motion sensors)': 'Tätigkeiten (Bewegungssensoren)',
  }),
);

/** Of their classes. */
const CLASSES = new Map(
  Object.entries({
    walking: 'gehen',
    'walking upstairs': 'treppauf gehen',
    'walking downstairs': 'treppab gehen',
    sitting: 'sitzen',
    standing: 'stehen',
    lying: 'liegen',
    'T-shirt/top': 'T-Shirt',
    Trouser: 'Hose',
    Pullover: 'Pullover',
    Dress: 'Kleid',
    Coat: 'Mantel',
    Sandal: 'Sandale',
    Shirt: 'Hemd',
    Sneaker: 'Turnschuh',
    Bag: 'Tasche',
    'Ankle boot': 'Stiefelette',
    airplane: 'Flugzeug',
    automobile: 'Auto',
    bird: 'Vogel',
    cat: 'Katze',
    deer: 'Hirsch',
    dog: 'Hund',
    frog: 'Frosch',
    horse: 'Pferd',
    ship: 'Schiff',
    truck: 'Lastwagen',
  }),
);

/** What the run waits for. */
function waitingFor(waiting: Waiting): string {
  switch (waiting.kind) {
    case 'paused':
      return 'Von der Leitung für alle pausiert';
    case 'anyone':
      return `Wartet, dass ein Gerät beitritt${waiting.asleep > 0 ? `; ${sleepersOf(waiting.asleep)}` : ''}`;
    case 'devices': {
      const { here, of } = waiting;
      return `Wartet auf ${count(of - here, 'weiteres Gerät', 'weitere Geräte')}; ${here} von ${of} ${here === 1 ? 'ist' : 'sind'} da`;
    }
    case 'ready':
      return `Wartet, dass ${waiting.more} von ${ofDevices(waiting.idle)} eine Aufgabe will: sie sind pausiert, ruhen oder laden noch`;
    case 'answers': {
      const { out, of, asleep } = waiting;
      const sleepers = asleep > 0 ? `; ${sleepersOf(asleep)}` : '';
      return `Wartet auf die Beiträge von ${ofDevices(out)}; ${of - out} von ${of} sind da${sleepers}`;
    }
    case 'sleepers':
      return `Wartet auf alle, die eine Aufgabe haben: ${sleepersOf(waiting.asleep)}`;
    case 'slots':
      return `Wartet, dass eine von ${count(waiting.of, 'Aufgabe', 'Aufgaben')} zurückkommt: mehr werden nicht zugleich vergeben`;
    case 'updates':
      return `Wartet auf die nächste Version; ${waiting.buffered} von ${count(waiting.of, 'Beitrag', 'Beiträgen')} sind da`;
    case 'divergence':
      return `Es wird nichts gelernt: die letzten ${updates(waiting.inARow)} liefen aus dem Ruder. Eine kleinere Lernrate hilft (jetzt ${formats.short(waiting.learningRate)})`;
    case 'search': {
      const { doing, done, of } = waiting;
      if (doing === 'probing')
        return `Die Geräte werden gefragt, was jeder Teil des Modells bringt: ${done} von ${of}`;
      return doing === 'measuring'
        ? `Misst, was jeder Teil des Modells bringt: ${done} %`
        : `Sucht einen besseren Teil des Modells zum Trainieren: ${done} %`;
    }
    default:
      return waiting satisfies never;
  }
}

const ofDevices = (number: number): string => count(number, 'Gerät', 'Geräten');

export const COMMON_GERMAN: CommonWords = {
  formats,
  devices,
  samples: (number) => count(number, 'Beispiel', 'Beispiele'),
  updates,
  versions: (number) => count(number, 'Version', 'Versionen'),
  className: (name) => CLASSES.get(name) ?? name,
  taskTitle: (title) => TITLES.get(title) ?? title,
  metrics: {
    accuracy: 'Genauigkeit',
    recall: 'mittlere Trefferquote',
    auc: 'AUC',
    mse: 'mittlerer quadratischer Fehler',
  },
  scores: {
    accuracy: 'richtig bei Beispielen, die kein Gerät gesehen hat',
    recall: 'jeder Klasse gefunden, im Mittel, bei Beispielen, die kein Gerät gesehen hat',
    auc: 'Fläche unter der ROC-Kurve bei Beispielen, die kein Gerät gesehen hat; 1 ist vollkommen',
    mse: 'mittlerer quadratischer Fehler bei Beispielen, die kein Gerät gesehen hat; weniger ist besser',
  },
  notExamined: 'Noch nicht geprüft',
  waitingFor,
  frozen: 'fest',
  more: (number) => `und ${whole(number)} mehr`,
};
