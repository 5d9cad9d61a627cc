import { expect, test } from 'vitest';
import { sortByFolder } from './classFolders.ts';

const CLASSES = ['T-shirt/top', 'Ankle boot', 'Bag'];
const path = (file: string): string => file;

test('a file is of the class whose name its folder has', () => {
  const files = ['mine/Bag/1.png', 'mine/train/ankle_boot/a.jpg', 'Bag/2.png', 'mine/tshirt top/b.png'];
  expect(sortByFolder(files, path, CLASSES)).toEqual({
    files: [
      { file: files[0], label: 2 },
      { file: files[1], label: 1 },
      { file: files[2], label: 2 },
      { file: files[3], label: 0 },
    ],
    unknown: [],
  });
});

test('folders that are no class are named once, and hidden files are passed over', () => {
  const files = [
    'mine/hats/1.png',
    'mine/hats/2.png',
    'mine/3.png',
    'mine/Bag/.DS_Store',
    'mine/Bag/Thumbs.db',
  ];
  expect(sortByFolder(files, path, CLASSES)).toEqual({ files: [], unknown: ['hats', 'mine'] });
});

test('nothing is the class of a folder without a name, or with one that several classes may have', () => {
  const files = ['/1.png', '3/1.png', '50K/1.png'];
  expect(sortByFolder(files, path, ['---', '3', '<=50K', '>50K'])).toEqual({
    files: [{ file: '3/1.png', label: 1 }],
    unknown: ['', '50K'],
  });
});
