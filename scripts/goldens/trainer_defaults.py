"""Writes the defaults of Hugging Face's trainer, by the names that it has for them: see test/fixtures/trainer-defaults/SOURCE.md.

    python scripts/goldens/trainer_defaults.py test/fixtures/trainer-defaults/defaults.json
"""

import dataclasses
import inspect
import json
import sys

import transformers
from transformers import Adafactor, Seq2SeqTrainingArguments, T5Config, get_scheduler, optimization
from transformers.trainer import Trainer


def plain(value):
    return getattr(value, "value", value)


def arguments():
    """Each field as a new Seq2SeqTrainingArguments has it."""
    found = {}
    for field in dataclasses.fields(Seq2SeqTrainingArguments):
        if field.default is not dataclasses.MISSING:
            found[field.name] = plain(field.default)
        elif field.default_factory is not dataclasses.MISSING:
            found[field.name] = plain(field.default_factory())
    return found


def parameters(function):
    return {
        name: parameter.default
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.default is not inspect.Parameter.empty
    }


def adafactor():
    """The optimizer's own, but for what the trainer gives it."""
    given = Trainer.get_optimizer_cls_and_kwargs(Seq2SeqTrainingArguments(output_dir="/tmp/none", optim="adafactor"))[1]
    return {**parameters(Adafactor.__init__), **given}


schedules = {
    name: parameters(getattr(optimization, f"get_{name}_schedule_with_warmup"))
    for name in ("cosine", "cosine_with_hard_restarts", "polynomial_decay")
}
schedules["inverse_sqrt"] = parameters(optimization.get_inverse_sqrt_schedule)

wanted = """learning_rate num_train_epochs max_steps per_device_train_batch_size gradient_accumulation_steps weight_decay
adam_beta1 adam_beta2 adam_epsilon optim max_grad_norm lr_scheduler_type warmup_steps warmup_ratio label_smoothing_factor
group_by_length seed eval_strategy metric_for_best_model load_best_model_at_end""".split()
all_arguments = arguments()
result = {
    "transformers": transformers.__version__,
    "arguments": {name: all_arguments[name] for name in wanted},
    "adafactor": {k: v for k, v in adafactor().items() if isinstance(v, (int, float, bool, tuple, type(None)))},
    "schedules": schedules,
    "T5Config": {"dropout_rate": T5Config().dropout_rate},
}
with open(sys.argv[1], "w") as file:
    file.write(json.dumps(result, indent=2) + "\n")
