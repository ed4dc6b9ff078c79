"""The peer's side of `npm run bench:peer`: PyTorch and Hugging Face transformers at the same work. Prints one JSON line.

usage: peer.py lesson WORKLOADS TASK --mode best|bf16 [--flush] [--steps N] [--threads N]
       peer.py answers MODEL SOURCES --beams N [--tokens N] [--batch N] [--threads N] [--out FILE]

lesson: updates of 16 examples with forward, backward, clipping, AdamW and schedule, dropout 0.1, batches of like lengths padded
to their longest. bf16: the same under autocast. --flush: numbers below 1.2e-38 count as 0.
answers: generate with cache, sources sorted by length.
"""
import argparse
import json
import os
import resource
import time

os.environ['TRANSFORMERS_VERBOSITY'] = 'error'
import torch
import transformers
from hf_batches import batches_of, padded
from transformers import AutoTokenizer, T5Config, T5ForConditionalGeneration, get_linear_schedule_with_warmup


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument('work', choices=['lesson', 'answers'])
    parser.add_argument('first')
    parser.add_argument('second')
    parser.add_argument('--mode', default='best')
    parser.add_argument('--flush', action='store_true')
    parser.add_argument('--steps', type=int, default=10)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--beams', type=int, default=1)
    parser.add_argument('--tokens', type=int, default=32)
    parser.add_argument('--batch', type=int, default=16)
    parser.add_argument('--out')
    return parser.parse_args()


def pick_batches(lengths, steps):
    """Batches taken evenly over the length range, after one to warm up."""
    batches = sorted(batches_of(lengths), key=lambda batch: max(source for source, _ in batch))
    evenly = [batches[int((i + 0.5) * len(batches) / steps)] for i in range(steps)]
    return [batches[len(batches) // 2], *evenly]


def lesson(given):
    with open(given.first) as file:
        workloads = json.load(file)
    task = workloads['tasks'][given.second]
    sizes = workloads['models'][task['model']]
    torch.manual_seed(0)
    gated = {'feed_forward_proj': 'gated-gelu', 'tie_word_embeddings': False, 'decoder_start_token_id': 0}
    model = T5ForConditionalGeneration(T5Config(**sizes, **gated)).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-4, weight_decay=0.01)
    schedule = get_linear_schedule_with_warmup(optimizer, 0, 1000)
    seconds = []
    for step, batch in enumerate(pick_batches(task['lengths'], given.steps)):
        inputs = padded(batch, sizes['vocab_size'])
        begun = time.perf_counter()
        with torch.autocast('cpu', dtype=torch.bfloat16, enabled=given.mode == 'bf16'):
            loss = model(**inputs).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if step > 0:
            seconds.append(time.perf_counter() - begun)
    return {'each': seconds}


def answers(given):
    begun = time.perf_counter()
    model = T5ForConditionalGeneration.from_pretrained(given.first).eval()
    tokenizer = AutoTokenizer.from_pretrained(given.first)
    with open(given.second) as file:
        sources = file.read().splitlines()
    order = sorted(range(len(sources)), key=lambda row: -len(tokenizer(sources[row]).input_ids))

    def generate(rows, tokens):
        texts = [sources[row] for row in rows]
        batch = tokenizer(texts, return_tensors='pt', padding=True, truncation=True, max_length=512)
        return model.generate(**batch, max_new_tokens=tokens, num_beams=given.beams)

    generate(order[:4], 4)
    ready = time.perf_counter()
    sequences = [None] * len(sources)
    for first in range(0, len(order), given.batch):
        rows = order[first:first + given.batch]
        for row, sequence in zip(rows, generate(rows, given.tokens)):
            sequences[row] = sequence.tolist()
    seconds = time.perf_counter() - ready
    if given.out:
        with open(given.out, 'w') as file:
            json.dump(sequences, file)
    return {'seconds': seconds, 'ready_seconds': ready - begun}


def main():
    given = options()
    torch.set_num_threads(given.threads)
    torch.set_flush_denormal(given.flush or given.work == 'answers')
    result = lesson(given) if given.work == 'lesson' else answers(given)
    print(json.dumps({
        **result,
        'versions': f'transformers {transformers.__version__}, torch {torch.__version__}',
        'rss_gb': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9,
    }))


main()
