import { download, upload } from '../src/engine/webgpu/small-graphs.ts'

// Brings arrays of 16 MB to the card and back, and keeps them there: what goes wrong is printed as a user reads it.
try {
  const data = new Float32Array(2 ** 22).fill(1)
  for (let time = 0; time < 4; time++) {
    await download(await upload(data, [data.length]), (part) => {
      if (part.some((value) => value !== 1)) throw new Error('The card has given back other numbers')
    })
  }
  console.log('nothing is wrong')
} catch (error) {
  console.log((error as Error).message)
}
