/** The sixteen colours of the terminal and its ground, for both appearances. */
import type { ITheme } from '@xterm/xterm';

const DARK: ITheme = {
  background: '#0f1519',
  foreground: '#dce5ea',
  cursor: '#63c3e2',
  cursorAccent: '#0f1519',
  selectionBackground: '#2d5566',
  black: '#1d272d',
  red: '#f0716b',
  green: '#7cc47f',
  yellow: '#e0b45c',
  blue: '#6ea8f0',
  magenta: '#c58af0',
  cyan: '#5cc3d8',
  white: '#c9d3d9',
  brightBlack: '#71818c',
  brightRed: '#ff9a94',
  brightGreen: '#a0dfa2',
  brightYellow: '#f3d089',
  brightBlue: '#9ac5ff',
  brightMagenta: '#dcb2ff',
  brightCyan: '#8fe0ef',
  brightWhite: '#ffffff',
};

const LIGHT: ITheme = {
  background: '#ffffff',
  foreground: '#1c2830',
  cursor: '#0e6b8c',
  cursorAccent: '#ffffff',
  selectionBackground: '#bfe0ec',
  black: '#1c2830',
  red: '#b8261f',
  green: '#22742a',
  yellow: '#855a00',
  blue: '#1b5cb8',
  magenta: '#8431b5',
  cyan: '#0c6c80',
  white: '#66737c',
  brightBlack: '#5b6872',
  brightRed: '#c8322b',
  brightGreen: '#2b7d33',
  brightYellow: '#8f6300',
  brightBlue: '#2a6bd0',
  brightMagenta: '#9640c9',
  brightCyan: '#0e7488',
  brightWhite: '#16222b',
};

export function coloursOf(dark: boolean): ITheme {
  return dark ? DARK : LIGHT;
}
