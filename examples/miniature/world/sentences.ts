import type { Random } from '../../../src/base/random.ts'
import { chance, pick, pickWeighted, sentenceCase } from './draw.ts'

export interface SentencePair {
  readonly english: string
  readonly chinese: string
}

type Word = readonly [english: string, chinese: string]

const people: readonly Word[] = [
  ['teacher', '老师'],
  ['doctor', '医生'],
  ['farmer', '农民'],
  ['driver', '司机'],
  ['student', '学生'],
  ['child', '孩子'],
  ['singer', '歌手'],
  ['neighbor', '邻居'],
  ['painter', '画家'],
  ['guest', '客人'],
  ['king', '国王'],
  ['cook', '厨师'],
  ['girl', '女孩'],
  ['boy', '男孩'],
  ['sister', '妹妹'],
  ['friend', '朋友'],
]
const personAdjectives: readonly Word[] = [
  ['tall', '高大'],
  ['young', '年轻'],
  ['old', '年老'],
  ['tired', '疲倦'],
  ['poor', '贫穷'],
  ['rich', '富有'],
  ['clever', '聪明'],
  ['happy', '快乐'],
]
/** Things with the measure word that Chinese counts them with. */
const things: readonly (readonly [english: string, chinese: string, measure: string])[] = [
  ['book', '书', '本'],
  ['letter', '信', '封'],
  ['apple', '苹果', '个'],
  ['horse', '马', '匹'],
  ['car', '汽车', '辆'],
  ['cup', '杯子', '个'],
  ['map', '地图', '张'],
  ['dog', '狗', '只'],
  ['cat', '猫', '只'],
  ['bird', '鸟', '只'],
  ['chair', '椅子', '把'],
  ['umbrella', '雨伞', '把'],
  ['shirt', '衬衫', '件'],
  ['coat', '大衣', '件'],
  ['flower', '花', '朵'],
  ['table', '桌子', '张'],
  ['clock', '钟', '个'],
  ['egg', '鸡蛋', '个'],
]
const thingAdjectives: readonly Word[] = [
  ['red', '红色'],
  ['blue', '蓝色'],
  ['white', '白色'],
  ['green', '绿色'],
  ['old', '旧'],
  ['new', '新'],
  ['heavy', '沉重'],
  ['broken', '坏掉'],
  ['cheap', '便宜'],
  ['small', '小'],
  ['big', '大'],
]
const numbers: readonly Word[] = [
  ['two', '两'],
  ['three', '三'],
  ['five', '五'],
  ['ten', '十'],
]
const owners: readonly Word[] = [
  ['my', '我'],
  ['your', '你'],
  ['his', '他'],
  ['her', '她'],
  ['our', '我们'],
]
const pronouns: readonly Word[] = [
  ['I', '我'],
  ['you', '你'],
  ['he', '他'],
  ['she', '她'],
  ['we', '我们'],
]
/** Verbs with an object: base form, past form, Chinese. */
const actions: readonly (readonly [base: string, past: string, chinese: string])[] = [
  ['buy', 'bought', '买'],
  ['sell', 'sold', '卖'],
  ['find', 'found', '找到'],
  ['lose', 'lost', '丢'],
  ['see', 'saw', '看见'],
  ['break', 'broke', '打破'],
  ['hide', 'hid', '藏'],
  ['bring', 'brought', '带来'],
  ['take', 'took', '拿'],
  ['draw', 'drew', '画'],
]
const doings: readonly (readonly [base: string, past: string, chinese: string])[] = [
  ['sleep', 'slept', '睡觉'],
  ['run', 'ran', '跑步'],
  ['sing', 'sang', '唱歌'],
  ['work', 'worked', '工作'],
  ['wait', 'waited', '等待'],
  ['rest', 'rested', '休息'],
]
const places: readonly Word[] = [
  ['at the market', '在市场'],
  ['in the garden', '在花园里'],
  ['at school', '在学校'],
  ['in the kitchen', '在厨房里'],
  ['on the bridge', '在桥上'],
  ['by the river', '在河边'],
  ['in the village', '在村子里'],
  ['at home', '在家'],
  ['on the roof', '在屋顶上'],
  ['under the tree', '在树下'],
]
const times: Readonly<Record<'past' | 'future', readonly Word[]>> = {
  past: [
    ['yesterday', '昨天'],
    ['last night', '昨晚'],
    ['last week', '上周'],
    ['last year', '去年'],
    ['on Monday', '星期一'],
  ],
  future: [
    ['tomorrow', '明天'],
    ['tonight', '今晚'],
    ['next week', '下周'],
    ['next year', '明年'],
    ['on Friday', '星期五'],
  ],
}
/** Before the bare verb: English, Chinese, and the times that go with it. */
const modes: readonly (readonly [english: string, chinese: string, tense: 'past' | 'future', weight: number])[] = [
  ['', '', 'past', 5],
  ['did not', '没有', 'past', 2],
  ['will', '会', 'future', 3],
  ['will not', '不会', 'future', 1],
  ['must', '必须', 'future', 1],
  ['can', '能', 'future', 1],
]

/**
 * A sentence and its translation from one small grammar. The orders differ: time and place follow the verb in English
 * and precede it in Chinese, owners and relative clauses follow or precede their noun, a question turns its words round
 * or ends in 吗. Nouns are counted with their own measure words, and "old" depends on what is old.
 */
export function drawSentencePair(random: Random): SentencePair {
  const [english, chinese] = pickWeighted(random, [
    [drawStatement, 6],
    [drawQuestion, 2],
    [drawComparison, 1],
    [drawDescription, 1],
  ] as const)(random)
  return { english: sentenceCase(english), chinese }
}

function drawStatement(random: Random): Word {
  const [english, chinese, tense] = drawMode(random)
  const subject = drawSubject(random)
  const [verb, past, verbChinese, object] = drawVerb(random)
  const said = english === '' ? past : `${english} ${verb}`
  const time = chance(random, 0.5) ? pick(random, times[tense]) : undefined
  const place = chance(random, 0.5) ? pick(random, places) : undefined
  const timeFirst = time !== undefined && chance(random, 0.3)
  return [
    `${words(timeFirst && `${time[0]},`, subject[0], said, object[0], place?.[0], !timeFirst && time?.[0])}.`,
    `${subject[1]}${time?.[1] ?? ''}${chinese}${place?.[1] ?? ''}${verbChinese}${english === '' ? '了' : ''}${object[1]}。`,
  ]
}

function drawQuestion(random: Random): Word {
  const future = chance(random, 0.5)
  const subject = drawSubject(random)
  const [verb, , verbChinese, object] = drawVerb(random)
  const time = chance(random, 0.4) ? pick(random, times[future ? 'future' : 'past']) : undefined
  const place = chance(random, 0.4) ? pick(random, places) : undefined
  return [
    `${words(future ? 'will' : 'did', subject[0], verb, object[0], place?.[0], time?.[0])}?`,
    `${subject[1]}${time?.[1] ?? ''}${future ? '会' : ''}${place?.[1] ?? ''}${verbChinese}${future ? '' : '了'}${object[1]}吗？`,
  ]
}

function drawComparison(random: Random): Word {
  const person = chance(random, 0.5)
  const draw = () => (person ? drawPerson(random) : drawThing(random, true))
  const [first, second] = [draw(), draw()]
  const [english, chinese] = person
    ? pick(random, [
        ['older', '老'],
        ['taller', '高'],
        ['richer', '富有'],
      ] as const)
    : pick(random, [
        ['bigger', '大'],
        ['smaller', '小'],
        ['cheaper', '便宜'],
      ] as const)
  return [`${first[0]} is ${english} than ${second[0]}.`, `${first[1]}比${second[1]}${chinese}。`]
}

function drawDescription(random: Random): Word {
  const [, past, verbChinese] = pick(random, actions)
  const person = drawPerson(random)
  const thing = drawThing(random, chance(random, 0.5))
  const [english, chinese] = pick(random, personAdjectives)
  return [
    `${person[0]} who ${past} ${thing[0]} is ${english}.`,
    `${verbChinese}了${thing[1]}的${person[1]}很${chinese}。`,
  ]
}

function drawMode(random: Random) {
  return pickWeighted(
    random,
    modes.map((mode) => [mode, mode[3]] as const),
  )
}

function drawVerb(random: Random): readonly [base: string, past: string, chinese: string, object: Word] {
  if (chance(random, 0.3)) return [...pick(random, doings), ['', '']]
  return [...pick(random, actions), drawThing(random, chance(random, 0.3))]
}

function drawSubject(random: Random): Word {
  return chance(random, 0.25) ? pick(random, pronouns) : drawPerson(random)
}

function drawPerson(random: Random): Word {
  const [noun, chinese] = pick(random, people)
  const adjective = chance(random, 0.35) ? pick(random, personAdjectives) : undefined
  const described: Word = [
    words(adjective?.[0], noun),
    `${adjective === undefined ? '' : `${adjective[1]}的`}${chinese}`,
  ]
  if (chance(random, 0.25)) {
    const [owner, ownerChinese] = pick(random, owners)
    return [`${owner} ${described[0]}`, `${ownerChinese}的${described[1]}`]
  }
  if (chance(random, 0.15)) {
    const [other, otherChinese] = pick(random, people)
    return [`the ${described[0]} of the ${other}`, `${otherChinese}的${described[1]}`]
  }
  return [`the ${described[0]}`, described[1]]
}

function drawThing(random: Random, definite: boolean): Word {
  const [one, chinese, measure] = pick(random, things)
  const adjective = chance(random, 0.45) ? pick(random, thingAdjectives) : undefined
  const described = `${adjective === undefined ? '' : `${adjective[1]}的`}${chinese}`
  if (definite) return [words('the', adjective?.[0], one), described]
  if (chance(random, 0.5)) {
    const [number, numberChinese] = pick(random, numbers)
    return [words(number, adjective?.[0], `${one}s`), `${numberChinese}${measure}${described}`]
  }
  const next = adjective?.[0] ?? one
  return [words(/^[aeiou]/u.test(next) ? 'an' : 'a', adjective?.[0], one), `一${measure}${described}`]
}

/** Joins what there is with spaces. */
function words(...parts: readonly (string | false | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== false && part !== '').join(' ')
}
