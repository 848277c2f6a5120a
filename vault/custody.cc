// SPDX-License-Identifier: Apache-2.0
#include "vault/custody.h"

#include <algorithm>

#include "crypto/aead.h"
#include "crypto/codec.h"
#include "crypto/hash.h"
#include "crypto/labels.h"
#include "vault/key_rows.h"

namespace spor::vault {

using ledger::Family;

namespace {

Result<SecretBytes> SealingKey(const KeyTree& keys) {
  ASSIGN_OR_RETURN(const SecretBytes state, keys.OpenService(ServiceKey::kState));
  return Derive(state.Reveal(), label::kCustody, {});
}

Bytes AssociatedData(const KeyTree& keys, ByteView row_key) {
  return Writer().Raw(keys.ledger_id()).Raw(row_key).Take();
}

struct StoredCopy {
  RootCopy copy;  // without its place
  Bytes sealed_place;
};

Result<StoredCopy> ParseRow(ByteView key, ByteView value) {
  StoredCopy out;
  Reader id(key.subspan(CustodyPrefix().size()));
  out.copy.id = id.Fixed<16>();
  RETURN_IF_ERROR(id.Finish("key of a row of the custody register"));
  Reader in(value);
  out.copy.generation = in.U32();
  out.copy.made = in.U64();
  out.copy.keep_until = in.U32();
  if (out.copy.keep_until == UINT32_MAX) in.Fail();  // there is no day behind it
  out.sealed_place = ToBytes(in.Raw(in.left()));
  RETURN_IF_ERROR(in.Finish("row of the custody register"));
  return out;
}

Status ScanRows(const ledger::Store& store, const std::function<Status(ByteView key, StoredCopy row)>& visit) {
  Status bad;
  RETURN_IF_ERROR(
      store.Scan(Family::kKey, CustodyPrefix(), ledger::PrefixEnd(CustodyPrefix()), [&](ByteView key, ByteView value) {
        Result<StoredCopy> row = ParseRow(key, value);
        bad = row.ok() ? visit(key, std::move(*row)) : row.status();
        return bad.ok();
      }));
  return bad;
}

Bytes Clear(const RootCopy& copy) { return Writer().U32(copy.generation).U64(copy.made).U32(copy.keep_until).Take(); }

}  // namespace

Status AddRootCopy(const KeyTree& keys, const RootCopy& copy, ledger::Batch& batch) {
  CHECK(!copy.place.empty() && copy.place.size() <= kMaxCustodyPlace);
  ASSIGN_OR_RETURN(const SecretBytes key, SealingKey(keys));
  const Bytes row = CustodyRow(copy.id);
  Bytes value = Clear(copy);
  Append(value, Seal(key.Reveal(), AssociatedData(keys, row), AsBytes(copy.place)));
  batch.Put(Family::kKey, row, std::move(value));
  return OkStatus();
}

void EndRootCopy(const Id16& id, ledger::Batch& batch) { batch.Delete(Family::kKey, CustodyRow(id)); }

Result<std::vector<RootCopy>> RootCopies(const ledger::Store& store, const KeyTree& keys) {
  ASSIGN_OR_RETURN(const SecretBytes key, SealingKey(keys));
  std::vector<RootCopy> copies;
  RETURN_IF_ERROR(ScanRows(store, [&](ByteView row_key, StoredCopy row) -> Status {
    ASSIGN_OR_RETURN(const SecretBytes place,
                     spor::Open(key.Reveal(), AssociatedData(keys, row_key), row.sealed_place));
    row.copy.place = AsText(place.Reveal());
    copies.push_back(std::move(row.copy));
    return OkStatus();
  }));
  return copies;
}

Result<CustodyFacts> CustodyOf(const ledger::Store& store, uint32_t generation, uint32_t today) {
  CustodyFacts facts;
  facts.everywhere_day = today;
  Sha256Stream digest;
  RETURN_IF_ERROR(ScanRows(store, [&](ByteView, StoredCopy row) {
    if (row.copy.generation > generation) return OkStatus();
    facts.everywhere_day = std::max(facts.everywhere_day, row.copy.keep_until + 1);
    if (facts.copies < 0xffff) ++facts.copies;
    digest.Update(row.copy.id);
    digest.Update(Clear(row.copy));
    return OkStatus();
  }));
  facts.register_digest = digest.Finish();
  return facts;
}

}  // namespace spor::vault
