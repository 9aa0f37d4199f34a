"""The network: an encoder, a cue head, a role head conditioned on one cue, an act head; both taggers are linear-chain CRFs."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from transformers import BertModel

from sagt.decode import CUE_LABELS, NAME_LABELS, ROLE_LABELS, allowed
from sagt.types import Act

ACTS = tuple(Act)
_FORBIDDEN = -1e4


class Crf(nn.Module):
    """Transitions of a BIO tagger; forbidden ones are held at a large negative number."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.free = nn.Parameter(torch.zeros(count + 1, count))
        self.register_buffer("mask", torch.from_numpy(allowed(count)))

    def transitions(self) -> Tensor:
        return self.free.masked_fill(~self.mask, _FORBIDDEN)

    def loss(self, emissions: Tensor, gold: Tensor, lengths: Tensor) -> Tensor:
        """Summed negative log-likelihood of `gold` [N, W] under emissions [N, W, L]."""
        between = self.transitions()
        count, width = emissions.shape[2], emissions.shape[1]
        on = torch.arange(width, device=gold.device)[None] < lengths[:, None]
        path = torch.cat([torch.full_like(gold[:, :1], count), gold[:, :-1]], 1)
        score = ((emissions.gather(2, gold[..., None])[..., 0] + between[path, gold]) * on).sum()
        alpha = emissions[:, 0] + between[count]
        square = between[:count]
        for w in range(1, width):
            step = torch.logsumexp(alpha[:, :, None] + square, 1) + emissions[:, w]
            alpha = torch.where(on[:, w, None], step, alpha)
        return torch.logsumexp(alpha, 1).sum() - score


class RoleHead(nn.Module):
    """For each given cue, a score of every role label for every word of its window."""

    def __init__(self, width: int, inner: int = 192, kernel: int = 5) -> None:
        super().__init__()
        self.word = nn.Linear(width, inner)
        self.cue = nn.Linear(2 * width, inner)
        self.gate = nn.Linear(2 * width, inner)
        self.distance = nn.Embedding(2 * len(_DISTANCES) + 3, inner)
        self.near = nn.Conv1d(inner, inner, kernel, padding=kernel // 2)
        self.out = nn.Linear(inner, len(ROLE_LABELS))
        self.norm = nn.LayerNorm(inner)

    def forward(self, words: Tensor, window: Tensor, first: Tensor, last: Tensor) -> Tensor:
        """words [B, W, H]; for each of N cues its window and its first and last word. Returns [N, W, labels]."""
        a = self.word(words)[window]
        edge = torch.cat([words[window, first], words[window, last]], 1)
        buckets = self.distance(_bucket(torch.arange(words.shape[1], device=words.device)[None], first[:, None], last[:, None]))
        h = nn.functional.gelu(a + self.cue(edge)[:, None] + a * self.gate(edge)[:, None] + buckets)
        h = self.norm(h + nn.functional.gelu(self.near(h.transpose(1, 2)).transpose(1, 2)))
        return self.out(h)


class NameHead(nn.Module):
    """A score of every name label for every word, from the states halfway up the encoder and at its top."""

    def __init__(self, width: int, inner: int = 192, kernel: int = 3) -> None:
        super().__init__()
        self.word = nn.Linear(2 * width, inner)
        self.near = nn.Conv1d(inner, inner, kernel, padding=kernel // 2)
        self.norm = nn.LayerNorm(inner)
        self.out = nn.Linear(inner, len(NAME_LABELS))

    def forward(self, low: Tensor, words: Tensor) -> Tensor:
        """low, words [B, W, H]; returns [B, W, labels]."""
        h = nn.functional.gelu(self.word(torch.cat([low, words], 2)))
        h = self.norm(h + nn.functional.gelu(self.near(h.transpose(1, 2)).transpose(1, 2)))
        return self.out(h)


_DISTANCES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96)


def _bucket(word: Tensor, first: Tensor, last: Tensor) -> Tensor:
    """0 inside the cue, then one number a band of distance: to its right, and after those to its left."""
    bands, count = torch.tensor(_DISTANCES, device=word.device), len(_DISTANCES)
    right = 1 + (word - last - 1)[..., None].ge(bands).sum(-1)
    left = 2 + count + (first - word - 1)[..., None].ge(bands).sum(-1)
    return torch.where(word > last, right, torch.where(word < first, left, torch.zeros_like(right)))


def of_words(hidden: Tensor, first: Tensor, last: Tensor) -> Tensor:
    """Vectors of words [B, W, H] from those of pieces."""
    size = hidden.shape[2]
    return (hidden.gather(1, first[..., None].expand(-1, -1, size)) + hidden.gather(1, last[..., None].expand(-1, -1, size))) / 2


class Tagger(nn.Module):
    """All of it."""

    def __init__(self, encoder: BertModel, dropout: float = 0.1) -> None:
        super().__init__()
        width = encoder.config.hidden_size
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.cues = nn.Sequential(nn.Linear(width, 192), nn.GELU(), nn.Linear(192, len(CUE_LABELS)))
        self.roles = RoleHead(width)
        self.acts = nn.Sequential(nn.Linear(2 * width, 128), nn.GELU(), nn.Linear(128, len(ACTS)))
        self.cue_crf = Crf(len(CUE_LABELS))
        self.role_crf = Crf(len(ROLE_LABELS))
        self.names = NameHead(width)
        self.name_crf = Crf(len(NAME_LABELS))

    def words(self, pieces: Tensor, first: Tensor, last: Tensor) -> Tensor:
        """One vector a word [B, W, H]: the mean of its first and last piece."""
        return self.both(pieces, first, last)[1]

    def both(self, pieces: Tensor, first: Tensor, last: Tensor) -> tuple[Tensor, Tensor]:
        """One vector a word halfway up the encoder, and one at its top, each [B, W, H]."""
        out = self.encoder(input_ids=pieces, attention_mask=(pieces != 1).long(), output_hidden_states=True)
        halfway = out.hidden_states[self.encoder.config.num_hidden_layers // 2]
        return self.dropout(of_words(halfway, first, last)), self.dropout(of_words(out.last_hidden_state, first, last))

    def named(self, low: Tensor, words: Tensor) -> Tensor:
        """Scores of the name labels."""
        return self.names(low, words)

    def act(self, words: Tensor, window: Tensor, first: Tensor, last: Tensor) -> Tensor:
        """Scores of the acts for each cue [N, acts]."""
        return self.acts(torch.cat([words[window, first], words[window, last]], 1))
