"""The peer of bench/small-model.ts: the same model taught by transformers. Prints milliseconds an update, the median."""
import argparse
import statistics
import time

import torch
from transformers import T5Config, T5ForConditionalGeneration

options = argparse.ArgumentParser()
options.add_argument("--updates", type=int, default=300)
options.add_argument("--threads", type=int, default=2)
options = options.parse_args()
torch.set_num_threads(options.threads)
torch.set_flush_denormal(True)
torch.manual_seed(1)
config = T5Config(
    vocab_size=1024, d_model=64, d_kv=16, d_ff=128, num_layers=2, num_decoder_layers=2, num_heads=4,
    feed_forward_proj="gated-gelu", tie_word_embeddings=True, dropout_rate=0.0, decoder_start_token_id=0,
)
model = T5ForConditionalGeneration(config)
model.train()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.5)
milliseconds = []
for _ in range(options.updates):
    source = torch.randint(3, 1024, (16, 50))
    target = torch.randint(3, 1024, (16, 14))
    begun = time.perf_counter()
    loss = model(input_ids=source, attention_mask=torch.ones_like(source), labels=target).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    loss.item()
    milliseconds.append((time.perf_counter() - begun) * 1000)
print(statistics.median(milliseconds))
