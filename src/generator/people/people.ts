/** Invented people: names, e-mail addresses that reach nobody, telephone numbers kept free for fiction, addresses. */

import type { GenerationConfig } from '../config.ts';
import { RandomStream } from '../random.ts';
import { WeightedChoice } from '../weighted-choice.ts';
import { firstNames } from './first-names.ts';
import { lastNames } from './last-names.ts';
import { quadrants, quadrantWeights, streetNames, streetTypes, streetTypeWeights } from './streets.ts';

export interface PersonName {
  readonly first: string;
  readonly last: string;
}

export interface Address {
  readonly street: string;
  readonly city: string;
  readonly state: 'WA';
  readonly zip: string;
}

/** After so many draws a name may stand twice: the tables have about 250,000 pairs. */
const NAME_DRAWS_MAX = 12;
const MAIL_DOMAINS = ['example.com', 'example.org', 'example.net'] as const;

/** Names of people, all different while the tables have enough of them. */
export class Names {
  readonly #stream: RandomStream;
  readonly #first = new WeightedChoice(commonnessOf(firstNames));
  readonly #last = new WeightedChoice(commonnessOf(lastNames));
  readonly #used = new Uint8Array(firstNames.length * lastNames.length);

  constructor(seed: number) {
    this.#stream = new RandomStream(seed, 'people.names');
  }

  next(): PersonName {
    let first = 0;
    let last = 0;
    for (let draw = 0; draw < NAME_DRAWS_MAX; draw++) {
      first = this.#first.draw(this.#stream);
      last = this.#last.draw(this.#stream);
      if (this.#used[first * lastNames.length + last] === 0) break;
    }
    this.#used[first * lastNames.length + last] = 1;
    return { first: firstNames[first]!, last: lastNames[last]! };
  }
}

/** The first of a table is twice as common as the last. */
const commonnessOf = (names: readonly string[]): number[] => names.map((_, at) => 2 - at / names.length);

const mailWord = (name: string): string => name.toLowerCase().replace(/[^a-z]/g, '');

/** `maria.nguyen4821@example.org`: the customer's number makes it unique, the reserved domain unreachable (RFC 2606). */
export function emailOf(name: PersonName, number: number, mail: RandomStream): string {
  return `${mailWord(name.first)}.${mailWord(name.last)}${number}@${MAIL_DOMAINS[mail.below(MAIL_DOMAINS.length)]}`;
}

/** 555-0100 to 555-0199 are kept free for fiction in every area code. */
export const phoneNumber = (areaCode: number, stream: RandomStream): string =>
  `(${areaCode}) 555-01${String(stream.below(100)).padStart(2, '0')}`;

/** Street addresses of one configuration. */
export class Streets {
  readonly #stream: RandomStream;
  readonly #shape: GenerationConfig['customers']['address'];
  readonly #types = new WeightedChoice(streetTypeWeights);
  readonly #quadrants = new WeightedChoice(quadrantWeights);

  constructor(seed: number, shape: GenerationConfig['customers']['address']) {
    this.#stream = new RandomStream(seed, 'people.streets');
    this.#shape = shape;
  }

  next(): string {
    const stream = this.#stream;
    const street = stream.chance(this.#shape.numbered_street_percent) ? this.#numberedStreet() : this.#namedStreet();
    return stream.chance(this.#shape.unit_percent) ? `${street} Apt ${stream.between(1, 420)}` : street;
  }

  #namedStreet(): string {
    const name = streetNames[this.#stream.below(streetNames.length)]!;
    return `${this.#stream.between(101, 9899)} ${name} ${streetTypes[this.#types.draw(this.#stream)]!}`;
  }

  /** Streets run east and west and have their quadrant in front; avenues have it behind. */
  #numberedStreet(): string {
    const house = this.#stream.between(101, 17999);
    const street = ordinal(this.#stream.between(1, 180));
    const quadrant = quadrants[this.#quadrants.draw(this.#stream)]!;
    if (this.#stream.chance(50)) return quadrant === '' ? `${house} ${street} St` : `${house} ${quadrant} ${street} St`;
    return quadrant === '' ? `${house} ${street} Ave` : `${house} ${street} Ave ${quadrant}`;
  }
}

function ordinal(number: number): string {
  const tens = number % 100;
  if (tens >= 11 && tens <= 13) return `${number}th`;
  return `${number}${['th', 'st', 'nd', 'rd'][number % 10] ?? 'th'}`;
}
