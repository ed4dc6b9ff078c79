import type { HostileFiles } from './hostile-files.ts'
import {
  bytesOfPickle,
  dict,
  global,
  int,
  ints,
  type Pickle,
  soundItems,
  storage,
  tensor,
  text,
  tuple,
  uint32,
  uint64,
} from './pickle-parts.ts'
import { soundData, soundElements } from './sound-model.ts'
import { legacyFile, storedZip, type TorchStorages, type ZipPart, zipFile } from './torch-file.ts'

type Entry = readonly [name: string, files: HostileFiles]

const sound = soundItems(soundElements)
const storages: TorchStorages = { 0: soundData }
/** The sound weights and something beside them. */
const beside = (...items: Pickle): Pickle => dict(...sound, items)
const named = (name: string, value: Pickle): Pickle => beside(...text(name), ...value)
const own = (offset: Pickle, shape: Pickle, strides: Pickle): Pickle =>
  tensor(storage('0', int(soundElements)), offset, shape, strides)
const times = (count: number, ...pickle: Pickle): Pickle => [Buffer.concat(Array(count).fill(bytesOfPickle(pickle)))]
const call = (module: string, name: string, ...args: Pickle[]): Pickle => [
  ...global(module, name),
  ...tuple(...args),
  'R',
]
/** A pair of pairs of pairs: 3 bytes a level, and 2^100 items as text. */
const pairs: Pickle = [']', ...Array.from({ length: 100 }, () => ['2', 0x86]).flat()]
const ring: Pickle = [']', '2', 'a']

/** What is wrong within the pickle, in both of torch's formats. */
const bodies: readonly (readonly [
  what: string,
  stateDict: () => Pickle,
  outcome: HostileFiles['outcome'],
  slow?: 'slow',
])[] = [
  ['posix.system', () => named('x', call('posix', 'system', text('touch ran'))), /asks for "posix.system"/],
  [
    'builtins.eval on the stack',
    () => named('x', [...text('builtins'), ...text('eval'), 0x93, ...tuple(text('1')), 'R']),
    /"builtins.eval"/,
  ],
  [
    'an attribute of an allowed name',
    () => named('x', global('collections', 'OrderedDict.__class__')),
    /OrderedDict.__class__/,
  ],
  ['torch.load of another file', () => named('x', call('torch', 'load', text('/etc/passwd'))), /"torch.load"/],
  ['a class of numpy', () => named('x', call('numpy.core.multiarray', 'scalar')), /numpy.core.multiarray.scalar/],
  [
    'a whole pickled model',
    () => [...global('transformers', 'T5ForConditionalGeneration'), ')', 0x81],
    /whole pickled model/,
  ],
  ['a global with a path in its name', () => named('x', global('../../x', 'y')), /no part of a tensor/],
  [
    'a global of a million letters',
    () => named('x', [...text('m'.repeat(2 ** 19)), ...text('n'.repeat(2 ** 19)), 0x93]),
    /no part of a tensor/,
  ],
  [
    'a global with control characters',
    () => named('x', [...text('a\u001b[2J\n'), ...text('\u0007'), 0x93]),
    /no part of a tensor/,
  ],
  [
    'an instance',
    () => named('x', ['(', ...global('posix', 'system').map((part) => `${part}`.replace(/^c/, 'i'))]),
    /asks for|instruction 0x69/,
  ],
  ['an extension', () => named('x', [0x82, 1]), /instruction 0x82/],
  [
    'a call with named arguments',
    () => named('x', [...global('collections', 'OrderedDict'), ')', '}', 0x92]),
    /instruction 0x92/,
  ],
  ['a call of a type', () => named('x', call('torch', 'FloatStorage')), /only a type/],
  ['a call of a tensor', () => named('x', [...own(int(0), ints([1]), ints([1])), ')', 'R']), /calls a plain value/],
  ['attributes of a tensor', () => named('x', [...own(int(0), ints([1]), ints([1])), '}', 'b']), /sets attributes/],
  ['attributes of the dict', () => [...beside(), ...dict([...text('_metadata'), ...pairs]), 'b'], 'opened'],
  ['nested pairs as a name', () => beside(...pairs, ...own(int(0), ints([1]), ints([1]))), /"a list" is not a tensor/],
  ['nested pairs as a value', () => named('x', pairs), /"x" is not a tensor/],
  ['nested pairs as a storage', () => named('x', [...pairs, 'Q']), /names a storage in an unknown way/],
  ['nested pairs as a shape', () => named('x', own(int(0), pairs, ints([1]))), /without a proper/],
  [
    'a list that holds itself as a name',
    () => beside(...ring, ...own(int(0), ints([1]), ints([1]))),
    /is not a tensor/,
  ],
  ['a dict that holds itself', () => ['}', 'q', 1, ...text('x'), 'h', 1, 's'], /"x" is not a tensor|no tensor uses/],
  [
    'a dict within dicts',
    () => named('x', [...times(50_000, '}', 'K', 1), 'N', ...times(50_000, 's')]),
    /"x" is not a tensor/,
  ],
  ['900,000 open marks', () => named('x', times(900_000, '(')), /more than it put down/, 'slow'],
  [
    'more than a million instructions',
    () => [...beside(), ...times(500_001, 'N', '0')],
    /more than 1000000 instructions/,
    'slow',
  ],
  ['900,000 notes of one value', () => ['}', ...times(900_000, 0x94), ...beside().slice(1)], 'opened', 'slow'],
  ['a note at the highest place', () => ['}', 'r', uint32(0xffffffff), ...beside().slice(1)], 'opened'],
  ['a note that was never made', () => named('x', ['h', 200]), /recalls value 200/],
  [
    'a list made into dicts again and again',
    () => [
      ']',
      '(',
      ...times(2000, 'K', 1, 'K', 2, 0x86),
      'e',
      'q',
      1,
      ...times(2000, ...call('collections', 'OrderedDict', ['h', 1]), '0'),
      ...beside(),
    ],
    /makes dicts of more than/,
  ],
  ['a text of 2 GB', () => named('x', ['X', uint32(0x7fffffff)]), /ends inside|damaged/],
  ['a text of 2^63 bytes', () => named('x', [0x8d, uint64(2n ** 63n - 1n)]), /ends inside|damaged/],
  ['bytes of 2^63', () => named('x', [0x8e, uint64(2n ** 63n - 1n)]), /instruction 0x8e|ends inside/],
  ['a frame of 2^63 bytes', () => [0x95, uint64(2n ** 63n - 1n), ...beside()], 'opened'],
  [
    'a number of 255 bytes as an offset',
    () => named('x', own([0x8a, 255, Buffer.alloc(255, 0x7f)], ints([1]), ints([1]))),
    /without a proper/,
  ],
  [
    'a storage of -1 elements',
    () => named('x', tensor(storage('0', int(-1)), int(0), ints([1]), ints([1]))),
    /unknown way|two ways/,
  ],
  [
    'a storage of 2^53 elements',
    () => named('x', tensor(storage('1', int(2n ** 53n)), int(0), ints([1]), ints([1]))),
    /unknown way|is missing|no tensor uses/,
  ],
  [
    'one storage told in two ways',
    () => named('x', tensor(storage('0', int(7)), int(0), ints([1]), ints([1]))),
    /in two ways/,
  ],
  [
    'a storage without its bytes',
    () => named('x', tensor(storage('1', int(1)), int(0), ints([1]), ints([1]))),
    /is missing/,
  ],
  [
    'a storage key that leads out',
    () => named('x', tensor(storage('../../../etc/passwd', int(1)), int(0), ints([1]), ints([1]))),
    /is missing/,
  ],
  [
    'a storage of complex numbers',
    () => named('x', tensor(storage('0', int(soundElements), 'ComplexFloatStorage'), int(0), ints([1]), ints([1]))),
    /ComplexFloatStorage/,
  ],
  [
    'a storage of another type',
    () =>
      dict(
        ...soundItems(soundElements).map((item) =>
          item.map((part) => (part === 'ctorch\nFloatStorage\n' ? 'ctorch\nIntStorage\n' : part)),
        ),
      ),
    /holds int32/,
  ],
  ['an offset outside', () => named('x', own(int(soundElements), ints([1]), ints([1]))), /reaches/],
  ['an offset before the storage', () => named('x', own(int(-1), ints([1]), ints([1]))), /without a proper/],
  ['a stride backwards', () => named('x', own(int(5), ints([5]), ints([-1]))), /without a proper/],
  [
    'a shape beyond all numbers',
    () => named('x', own(int(0), ints([2n ** 40n, 2n ** 40n]), ints([2n ** 40n, 1]))),
    /reaches/,
  ],
  [
    'a shape beyond all numbers over one element',
    () => named('x', own(int(0), ints([2n ** 52n, 2n ** 52n]), ints([0, 0]))),
    'opened',
  ],
  [
    'a shape of 1000 axes',
    () => named('x', own(int(0), ints(Array(1000).fill(1)), ints(Array(1000).fill(1)))),
    /without a proper/,
  ],
  ['names with parts of paths', () => named('../../../etc/passwd', own(int(0), ints([1]), ints([1]))), 'opened'],
  ['a name of a megabyte', () => named('n'.repeat(2 ** 20), own(int(0), ints([1]), ints([1]))), 'opened'],
  [
    'a long name whose tensor is wrong',
    () => named('n'.repeat(2 ** 20), own(int(soundElements), ints([1]), ints([1]))),
    /reaches/,
  ],
  [
    'names that control a terminal',
    () => named('\u001b]0;x\u0007\n\u202e', own(int(soundElements), ints([1]), ints([1]))),
    /reaches/,
  ],
  ['the name __proto__', () => named('__proto__', own(int(0), ints([1]), ints([1]))), 'opened'],
  [
    'one name twice',
    () =>
      beside(...text('x'), ...own(int(0), ints([1]), ints([1])), ...text('x'), ...own(int(1), ints([1]), ints([1]))),
    'opened',
  ],
]

const bothFormats: readonly Entry[] = bodies.flatMap(([what, stateDict, outcome, slow]) =>
  (['legacy', 'zip'] as const).map((format): Entry => {
    const write = format === 'zip' ? zipFile : legacyFile
    const files = () => ({ 'pytorch_model.bin': write(stateDict(), storages) })
    return [`pickle (${format}): ${what}`, { files, outcome, opens: 'model', ...(slow && { slow: true }) }]
  }),
)

/** The parts of a sound archive. */
const parts = (...pickle: Pickle): ZipPart[] => [
  { name: 'archive/data.pkl', bytes: bytesOfPickle([0x80, 2, ...(pickle.length > 0 ? pickle : beside()), '.']) },
  { name: 'archive/data/0', bytes: soundData },
]
const lying = (says: ZipPart['says'], at = 1): ZipPart[] =>
  parts().map((part, i) => (i === at && says !== undefined ? { ...part, says } : part))
const other: ZipPart = { name: 'archive/other', bytes: soundData }

const onlyZip: readonly Entry[] = (
  [
    ['nothing wrong', () => storedZip(parts()), 'opened'],
    ['a packed member', () => storedZip(lying({ method: 8, size: 2 ** 31 })), /compressed/],
    ['an encrypted member', () => storedZip(lying({ flags: 1 })), /encrypted/],
    ['no data.pkl', () => storedZip([other]), /without "data.pkl"/],
    ['a storage larger than the file', () => storedZip(lying({ size: 2 ** 31 })), /beyond the end/],
    ['a storage smaller than it must be', () => storedZip(lying({ size: 7 })), /has 7 bytes/],
    ['a storage that is its own description', () => storedZip(lying({ at: 0 })), /overlap/],
    ['a member behind the end', () => storedZip(lying({ at: 2 ** 31 })), /ends after/],
    ['a member that is none', () => storedZip(lying({ at: 5 })), /is not where the directory says/],
    ['a directory behind the end', () => storedZip(parts(), { directoryAt: 2 ** 31 }), /ends after/],
    ['a directory of 4 GB', () => storedZip(parts(), { directoryBytes: 2 ** 32 - 1 }), /directory is damaged/],
    ['60,000 members in a directory of two', () => storedZip(parts(), { entries: 60_000 }), /directory is damaged/],
    ['two descriptions', () => storedZip([...parts('N'), ...parts()]), 'opened'],
    ['names that lead out', () => storedZip([{ ...other, name: '../../../tmp/x' }, ...parts()]), 'opened'],
    ['20,000 members', () => storedZip([...parts(), ...manyMembers()]), 'opened'],
    ['a description that is cut', () => storedZip(lying({ size: 900 }, 0)), /ends inside/],
    ['an end within a name', () => storedZip(parts()).subarray(0, 4000), /directory at the end is missing/],
  ] as const
).map(([what, bytes, outcome]): Entry => [`pickle (zip): ${what}`, checkpoint(bytes, outcome)])

function manyMembers(): ZipPart[] {
  return Array.from({ length: 20_000 }, (_, i) => ({ name: `archive/${i}`, bytes: Buffer.alloc(0) }))
}

const onlyLegacy: readonly Entry[] = (
  [
    ['nothing wrong', () => legacyFile(beside(), storages), 'opened'],
    ['a storage that is longer than told', () => legacyFile(beside(), storages, 2), /elements, expected/],
    ['a storage that nothing uses', () => legacyFile(beside(), { ...storages, 1: soundData }), /no tensor uses/],
    ['a storage that is not there', () => legacyFile(beside(), {}), /is missing/],
    ['a cut in the numbers', () => legacyFile(beside(), storages).subarray(0, -5), /cut or is damaged/],
    ['a cut in the pickle', () => legacyFile(beside(), storages).subarray(0, 900), /ends inside/],
    ['nothing but a beginning', () => Buffer.of(0x80), /ends inside/],
    ['another pickle', () => bytesOfPickle([0x80, 2, 'N', '.']), /not one of torch/],
    ['nested lists as the format', () => bytesOfPickle([0x80, 2, ...pairs, '.']), /not one of torch/],
    ['a tar file', () => Buffer.concat([Buffer.alloc(257), Buffer.from('ustar'), Buffer.alloc(300)]), /tar file/],
    ['nothing', () => Buffer.alloc(0), /neither as a zip archive nor as a pickle/],
  ] as const
).map(([what, bytes, outcome]): Entry => [`pickle (legacy): ${what}`, checkpoint(bytes, outcome)])

function checkpoint(bytes: () => Uint8Array, outcome: HostileFiles['outcome']): HostileFiles {
  return { files: () => ({ 'pytorch_model.bin': bytes() }), outcome, opens: 'model' }
}

/** Checkpoints of torch, all of which only describe tensors or are refused. */
export const hostilePickles: readonly Entry[] = [...bothFormats, ...onlyZip, ...onlyLegacy]
