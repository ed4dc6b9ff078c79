"""The peer on a graphics card: PyTorch and Hugging Face transformers at the work of bench/README.md's table of cards.

usage: hf_gpu.py WORKLOADS.json [TASK ...] [--modes fp32,tf32,bf16] [--rounds 3] [--device cuda|mps|cpu] [--small]

WORKLOADS is a file of `bench/workloads.ts`: models with their sizes, and tasks with the lengths of their examples in tokens. Weights
and token ids are random. An update is 16 examples with forward, backward, clipping, AdamW (fused on CUDA) and schedule, dropout 0.1,
batches of like lengths padded to their longest, ids brought to the card. All batches are taught once unmeasured, so that every extent
has been seen, then `rounds` times measured; the card is waited for at both ends only.
fp32: products in float32. tf32: products in TensorFloat-32. bf16: autocast. --small: tiny extents, to try this program.

Prints a JSON line about the card, with the rate of its products, then one for each task and mode: updates a second (of all rounds,
and of each), seconds an update, tokens, products in TFLOP an update and their share of the card's own rate, peak memory of the card.
"""
import argparse
import json
import os
import statistics
import time

os.environ.setdefault('TRANSFORMERS_VERBOSITY', 'error')
import torch
import transformers
from hf_batches import batches_of, padded
from torch.utils.flop_counter import FlopCounterMode
from transformers import T5Config, T5ForConditionalGeneration, get_linear_schedule_with_warmup

DTYPES = {'fp32': torch.float32, 'tf32': torch.float32, 'bf16': torch.bfloat16}


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument('workloads')
    parser.add_argument('tasks', nargs='*')
    parser.add_argument('--modes', default='fp32,tf32,bf16')
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--device', default='cuda')
    parser.add_argument('--small', action='store_true')
    return parser.parse_args()


def wait(device):
    if device == 'cuda':
        torch.cuda.synchronize()
    elif device == 'mps':
        torch.mps.synchronize()


def set_mode(mode):
    # float32 products run on tensor cores only where this is asked for.
    torch.set_float32_matmul_precision('high' if mode == 'tf32' else 'highest')


def products_rate(device, mode, size):
    """TFLOP a second of one product of square matrices, best of five."""
    set_mode(mode)
    left, right = (torch.randn(size, size, device=device, dtype=DTYPES[mode]) for _ in range(2))
    best = float('inf')
    for _ in range(5):
        wait(device)
        begun = time.perf_counter()
        for _ in range(4):
            left @ right
        wait(device)
        best = min(best, (time.perf_counter() - begun) / 4)
    return 2 * size**3 / best / 1e12


class Lesson:
    """A model that is taught in one mode."""

    def __init__(self, sizes, device, mode):
        set_mode(mode)
        torch.manual_seed(0)
        gated = {'feed_forward_proj': 'gated-gelu', 'tie_word_embeddings': False, 'decoder_start_token_id': 0}
        self.device, self.mode = device, mode
        self.model = T5ForConditionalGeneration(T5Config(**sizes, **gated)).to(device).train()
        rates = {'lr': 5e-4, 'weight_decay': 0.01, **({'fused': True} if device == 'cuda' else {})}
        self.optimizer = torch.optim.AdamW(self.model.parameters(), **rates)
        self.schedule = get_linear_schedule_with_warmup(self.optimizer, 0, 100_000)

    def gradients(self, batch):
        inputs = {name: tensor.to(self.device, non_blocking=True) for name, tensor in batch.items()}
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.mode == 'bf16'):
            loss = self.model(**inputs).loss
        loss.backward()
        return loss

    def update(self, batch):
        loss = self.gradients(batch)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.schedule.step()
        self.optimizer.zero_grad()
        return loss

    def products(self, batch):
        """FLOP of all products, forward and backward; padding counts."""
        with FlopCounterMode(display=False) as counter:
            self.gradients(batch)
        self.optimizer.zero_grad()
        return counter.get_total_flops()


def time_lesson(sizes, lengths, device, mode, rounds):
    batches = [padded(batch, sizes['vocab_size']) for batch in batches_of(lengths)]
    if device == 'cuda':
        batches = [{name: tensor.pin_memory() for name, tensor in batch.items()} for batch in batches]
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    lesson = Lesson(sizes, device, mode)
    first = lesson.update(batches[0]).item()
    for batch in batches[1:]:
        last = lesson.update(batch)
    seconds = []
    for _ in range(rounds):
        wait(device)
        begun = time.perf_counter()
        for batch in batches:
            last = lesson.update(batch)
        wait(device)
        seconds.append(time.perf_counter() - begun)
    peak = torch.cuda.max_memory_allocated() / 1e9 if device == 'cuda' else None
    reserved = torch.cuda.max_memory_reserved() / 1e9 if device == 'cuda' else None
    flop = statistics.mean(lesson.products(batch) for batch in batches)
    tokens = sum(source + target for batch in batches_of(lengths) for source, target in batch) / len(batches)
    return {
        'updates': rounds * len(batches),
        'updates_per_second': rounds * len(batches) / sum(seconds),
        'each_round': [round(len(batches) / one, 3) for one in seconds],
        'each': [one / len(batches) for one in seconds],
        'seconds_per_update': sum(seconds) / rounds / len(batches),
        'real_tokens_per_update': tokens,
        'product_tflop_per_update': flop / 1e12,
        'tflop_per_second': flop * rounds * len(batches) / sum(seconds) / 1e12,
        'loss': [first, last.item()],
        'peak_gb': peak,
        'reserved_gb': reserved,
    }


def card(device):
    if device != 'cuda':
        return {'device': device}
    facts = torch.cuda.get_device_properties(0)
    return {'device': facts.name, 'memory_gb': facts.total_memory / 1e9, 'cuda': torch.version.cuda}


def main():
    given = options()
    modes = given.modes.split(',')
    size = 256 if given.small else 8192
    rates = {mode: products_rate(given.device, mode, size) for mode in modes}
    versions = f'transformers {transformers.__version__}, torch {torch.__version__}'
    print(json.dumps({**card(given.device), 'versions': versions, 'products_tflop_per_second': rates}), flush=True)
    with open(given.workloads) as file:
        workloads = json.load(file)
    for name, task in workloads['tasks'].items():
        if given.tasks and name not in given.tasks:
            continue
        sizes, lengths = workloads['models'][task['model']], task['lengths']
        if given.small:
            sizes, lengths = {**sizes, 'vocab_size': 512, 'd_model': 64, 'd_ff': 64, 'num_layers': 2}, lengths[:48]
        for mode in modes:
            try:
                found = time_lesson(sizes, lengths, given.device, mode, given.rounds)
                found['share_of_products_rate'] = found['tflop_per_second'] / rates[mode]
            except RuntimeError as error:
                # Out of the card's memory, say: the other tasks and modes are still worth their time.
                found = {'error': str(error).splitlines()[0]}
            print(json.dumps({'task': name, 'model': task['model'], 'mode': mode, **found}), flush=True)


main()
