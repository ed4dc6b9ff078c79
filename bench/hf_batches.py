"""The batches that both of the peer's programs teach."""
import random

import torch

BATCH = 16


def batches_of(lengths):
    """Sorted by source length and cut, so that rows of like length share a batch; then shuffled."""
    ordered = sorted(lengths, key=lambda pair: -pair[0])
    batches = [ordered[i:i + BATCH] for i in range(0, len(ordered) - BATCH + 1, BATCH)]
    random.Random(1).shuffle(batches)
    return batches


def padded(batch, vocabulary):
    """Random ids of these lengths, sources and targets each padded to their longest."""
    longest_source = max(source for source, _ in batch)
    longest_target = max(target for _, target in batch)
    ids = torch.zeros(len(batch), longest_source, dtype=torch.long)
    mask = torch.zeros_like(ids)
    labels = torch.full((len(batch), longest_target), -100)
    for row, (source, target) in enumerate(batch):
        ids[row, :source] = torch.randint(3, vocabulary, (source,))
        mask[row, :source] = 1
        labels[row, :target] = torch.randint(3, vocabulary, (target,))
    return {'input_ids': ids, 'attention_mask': mask, 'labels': labels}
