/** Barcodes of the form Code 128, set B (ISO/IEC 15417): letters, digits and signs of ASCII from space to tilde. */

/** Widths of bar, space, bar, space, bar, space of the symbols 0 to 105, in modules; each symbol is eleven wide. */
const WIDTHS =
  '212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231113222123122123221223211' +
  '221132221231213212223112312131311222321122321221312212322112322211212123212321232121111323131123131321112313132113' +
  '132311211313231113231311112133112331132131113123113321133121313121211331231131213113213311213131311123311321331121' +
  '312113312311332111314111221411431111111224111422121124121421141122141221112214112412122114122411142112142211241211' +
  '221114413111241112134111111242121142121241114212124112124211411212421112421211212141214121412121111143111341131141' +
  '114113114311411113411311113141114131311141411131211412211214211232';
const STOP = '2331112';
const SYMBOL_DIGITS = 6;
const START_B = 104;
const CHECK_MODULUS = 103;
const FIRST_LETTER = 32;
const LAST_LETTER = 126;

const widthsOf = (symbol: number): string => WIDTHS.slice(symbol * SYMBOL_DIGITS, (symbol + 1) * SYMBOL_DIGITS);

/** Widths in modules, a bar first, then a space, and so on; without the quiet zones of ten modules at both ends. */
export function code128(text: string): readonly number[] {
  const symbols = [...text].map((letter) => {
    const code = letter.charCodeAt(0);
    if (code < FIRST_LETTER || code > LAST_LETTER) throw new RangeError(`Code 128 B has no '${letter}'.`);
    return code - FIRST_LETTER;
  });
  const weighted = symbols.reduce((sum, symbol, place) => sum + symbol * (place + 1), START_B);
  const all = [START_B, ...symbols, weighted % CHECK_MODULUS].map(widthsOf).join('') + STOP;
  return [...all].map(Number);
}
