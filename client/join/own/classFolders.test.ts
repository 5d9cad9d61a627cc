import { expect, test } from 'vitest';
import { findClass, sortByFolder } from './classFolders.ts';

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

test('nothing is the class of a folder without a name', () => {
  expect(findClass('', ['---', 'a'])).toBe(-1);
  expect(findClass('3', ['0', '1', '2', '3'])).toBe(3);
});
