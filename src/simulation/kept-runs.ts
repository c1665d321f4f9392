/**
 * Runs that once broke a promise, each in its shortest form and with its very steps, so that it stays the same run whatever
 * plans become. They are played with every test, for good.
 */
import { faultNames } from './faults.ts';
import { type PlanOptions, stepFromText } from './plan.ts';

export interface KeptRun {
  /** What it found. */
  readonly broke: string;
  readonly seed: number;
  readonly devices: number;
  readonly gateways: number;
  /** As `stepText` writes them: number, kind, device and seed. */
  readonly script: readonly string[];
}

export const keptRuns: readonly KeptRun[] = [
  {
    broke:
      'a device killed while it was compared with another scope kept the old scope’s name on what it held, and went on from there with fields of the other',
    seed: 1,
    devices: 3,
    gateways: 1,
    script: [
      '68 change_role 1 1727020329',
      '71 connect 1 1576976459',
      '76 carry 0 342581919',
      '77 carry 0 1458556822',
      '81 carry 1 1523297904',
      '83 subscribe 1 632171070',
    ],
  },
  {
    broke: 'a document that left the scope between being found different and being read again was left on the device',
    seed: 41,
    devices: 3,
    gateways: 3,
    script: [
      '94 connect 0 1835166640',
      '150 carry 0 446894814',
      '151 carry 2 1150106552',
      '159 change_role 0 436458881',
      '162 work 0 1580322188',
      '175 subscribe 1 1912442340',
      '176 carry 1 513294315',
      '177 crash 2 609637030',
      '178 connect 0 159868935',
      '179 carry 2 1955413064',
      '180 work 0 518391075',
      '183 carry 0 1252266339',
      '186 carry 1 1430206507',
    ],
  },
  {
    broke: 'a restored device numbered anew what MongoDB had under its old number, and it took effect twice',
    seed: 3,
    devices: 5,
    gateways: 1,
    script: [
      '32 connect 2 439805660',
      '89 back_up 2 344305865',
      '100 work 2 14058392',
      '101 carry 0 1999741902',
      '102 restore 2 1553069209',
      '117 work 2 1131096713',
      '193 work 2 1855987655',
    ],
  },
  {
    broke: 'a device whose clock was put back waited for a dead connection as long as the clock had jumped',
    seed: 1,
    devices: 1,
    gateways: 1,
    script: ['1 connect 0 1', '2 part 0 4', '3 set_clock 0 6'],
  },
  {
    broke:
      'a device that had stored everything was let go for a moment with more changes than may wait, and never fetched',
    seed: 357311053,
    devices: 3,
    gateways: 1,
    script: [
      '12 connect 0 1667255173',
      '13 carry 1 680640345',
      '15 carry 2 1170576904',
      '19 carry 2 57652148',
      '20 carry 0 284719190',
      '25 carry 1 1706991650',
      '187 carry 2 1939751161',
      '188 carry 1 605581331',
      '226 repeat_stream 0 89225630',
    ],
  },
  {
    broke: 'a refused creation that was restored, after headquarters had replayed it, hid what MongoDB had added to it',
    seed: 2082237925,
    devices: 3,
    gateways: 1,
    script: [
      '6 work 1 946235712',
      '13 work 1 1812199156',
      '19 work 1 813143215',
      '21 connect 1 2103597966',
      '22 carry 1 362568503',
      '23 subscribe 1 136584960',
      '24 carry 1 1712792691',
      '25 carry 1 624877924',
      '26 carry 2 183116985',
      '28 crash 1 238301750',
      '29 carry 2 959973707',
      '30 carry 0 1987651705',
      '34 settle_at_headquarters 2 137723176',
      '37 carry 1 1432682696',
      '38 connect 1 1480349700',
      '39 carry 0 474300970',
      '110 carry 0 891798289',
      '111 carry 1 1608768243',
      '130 carry 1 1505517576',
      '131 settle 1 174739313',
    ],
  },
  {
    broke:
      'a change stream that went back while newer changes waited for a slow device had the older state written over the newer',
    seed: 33448122,
    devices: 4,
    gateways: 1,
    script: [
      '6 work 1 2111924668',
      '7 connect 3 2047866614',
      '13 carry 2 777529306',
      '16 direct 3 1855156139',
      '43 work 2 1181389304',
      '44 work 1 1767225396',
      '66 carry 0 1167367107',
      '67 work 1 954026377',
      '68 carry 1 1602993549',
      '79 crash 1 1710116888',
      '80 carry 3 1699636801',
      '86 work 3 1485638490',
      '87 restart_gateway 2 647983053',
      '88 work 2 513896404',
      '89 correct 3 1488964630',
      '91 work 1 940238786',
      '93 work 2 1317446305',
      '96 work 1 732219597',
      '109 busy 3 1040254681',
      '117 carry 3 252114416',
      '118 crash 0 1117689176',
      '125 connect 2 1779080673',
      '126 connect 0 275156448',
      '131 connect 1 477908454',
      '132 carry 0 331085344',
      '133 carry 0 1281966883',
      '134 carry 0 1295691879',
      '148 work 0 1261051925',
      '149 carry 1 945175282',
      '150 connect 1 1590752572',
      '155 carry 3 1492258792',
      '161 direct 1 1692760508',
      '162 carry 1 112235288',
      '163 carry 0 539557803',
      '164 carry 2 1485699735',
      '165 carry 3 1540343824',
      '167 carry 1 1282515369',
      '171 connect 3 1547227552',
      '172 carry 1 931320412',
      '177 connect 0 579815835',
      '179 carry 2 490039936',
      '181 tick 2 746565480',
      '183 change_role 0 2089351790',
      '184 carry 3 1478305361',
      '185 carry 0 452313406',
      '191 carry 2 1959757666',
      '192 carry 0 1888626814',
      '197 carry 2 1295124550',
      '199 carry 0 1823315941',
      '201 carry 2 691247532',
      '202 work 1 309141156',
      '205 carry 3 1774163172',
      '208 tick 0 2113579179',
      '214 carry 2 1136393870',
      '215 carry 1 741859971',
      '216 carry 3 1064756911',
      '218 carry 0 228249702',
      '228 carry 3 1017702413',
      '230 repeat_stream 1 931628385',
    ],
  },
];

export function planOfKept({ seed, devices, gateways, script }: KeptRun): PlanOptions {
  return { seed, devices, gateways, steps: script.length, faults: faultNames, script: script.map(stepFromText) };
}

/** The shape of the world that a seed stands for in the tests: mostly small, now and then as large as fifty devices. */
export function worldOfSeed(seed: number): Pick<PlanOptions, 'seed' | 'devices' | 'gateways' | 'steps'> {
  const gateways = 1 + (seed % 3);
  if (seed % 100 === 0) return { seed, devices: 50, gateways, steps: 500 };
  if (seed % 10 === 0) return { seed, devices: 12, gateways, steps: 350 };
  return { seed, devices: 2 + (seed % 4), gateways, steps: 250 };
}
