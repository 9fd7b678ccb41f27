// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/sev_snp/id_block.hpp"

#include <boost/json/value.hpp>

#include "common/encoding/hex.hpp"
#include "common/tee/evidence/byte_reader.hpp"
#include "common/tee/evidence/public_key.hpp"

namespace redoubt::tee::sev_snp {
namespace {

// AMD 56860, ID_AUTH_INFO: signature of the block at 0x40, ID key at 0x240, its signature at 0x680, author
// key at 0x880.
constexpr std::size_t k_block_size = 96;
constexpr std::size_t k_auth_size = 4096;
constexpr std::size_t k_key_size = 1028;
constexpr std::size_t k_signature_size = 512;
constexpr std::uint32_t k_curve_p384 = 2;

std::string reversed(std::string_view field) {
    return {field.rbegin(), field.rend()};
}

/// Verifies a signature of 512 bytes (r and s of 72, little endian) by a key of 1028 bytes.
Status verify_with(std::string_view key, std::string_view message, std::string_view signature) {
    if (ByteReader(key).u32() != k_curve_p384) return fail(Code::invalid_argument, "the key is not on P-384");
    const auto x = key.substr(4, 72);
    const auto y = key.substr(76, 72);
    const auto r = signature.substr(0, 72);
    const auto s = signature.substr(72, 72);
    for (const auto field : {x, y, r, s})
        if (!is_zero(field.substr(48))) return fail(Code::invalid_argument, "a number of more than 384 bits");
    if (!is_zero(key.substr(148)) || !is_zero(signature.substr(144)))
        return fail(Code::invalid_argument, "reserved bytes that are not zero");
    RDT_TRY(const auto public_key,
            PublicKey::from_point("P-384", reversed(x.substr(0, 48)), reversed(y.substr(0, 48))));
    return public_key.verify_ecdsa(Hash::sha384, message, reversed(r.substr(0, 48)),
                                   reversed(s.substr(0, 48)));
}

IdBlock read_block(std::string_view bytes) {
    ByteReader reader(bytes);
    IdBlock block;
    block.launch_digest = reader.take(48);
    block.family_id = reader.take(16);
    block.image_id = reader.take(16);
    block.version = reader.u32();
    block.guest_svn = reader.u32();
    block.policy = reader.u64();
    return block;
}

} // namespace

IdBlockVerdict verify_id_block(std::string_view bytes, std::string_view auth) {
    IdBlockVerdict verdict;
    auto& explanation = verdict.explanation;
    if (!explanation.check(Stage::format, "id_block.format",
                           bytes.size() == k_block_size && auth.size() == k_auth_size, "96 and 4096 bytes",
                           std::format("{} and {} bytes", bytes.size(), auth.size()), "AMD 56860"))
        return verdict;
    auto block = read_block(bytes);
    const auto id_algorithm = ByteReader(auth).u32();
    const auto author_algorithm = ByteReader(auth.substr(4)).u32();
    explanation.check(
        Stage::format, "id_block.algorithms",
        block.version == 1 && id_algorithm == 1 && author_algorithm <= 1, "version 1, ECDSA P-384",
        std::format("version {}, algorithms {} and {}", block.version, id_algorithm, author_algorithm),
        "AMD 56860");
    const auto id_key = auth.substr(0x240, k_key_size);
    const auto author_key = auth.substr(0x880, k_key_size);
    const auto by_id = verify_with(id_key, bytes, auth.substr(0x40, k_signature_size));
    explanation.check(Stage::crypto, "id_block.signature", by_id.has_value(), "a signature by the ID key",
                      by_id ? "verifies" : by_id.error().message, "ID key given");
    block.id_key_digest = hash_of(Hash::sha384, {id_key}).value_or("");
    if (author_algorithm == 1) {
        const auto by_author = verify_with(author_key, id_key, auth.substr(0x680, k_signature_size));
        explanation.check(Stage::crypto, "id_block.author_signature", by_author.has_value(),
                          "a signature by the author key", by_author ? "verifies" : by_author.error().message,
                          "author key given");
        block.author_key_digest = hash_of(Hash::sha384, {author_key}).value_or("");
    }
    verdict.block = std::move(block);
    return verdict;
}

void match_id_block(Explanation& explanation, const Report& report, const IdBlockVerdict& verdict) {
    explanation.check(Stage::policy, "id_block.verified", verdict.explanation.is_accepted(),
                      "an ID block that verifies",
                      verdict.explanation.is_accepted()        ? "verifies"
                      : verdict.explanation.failures().empty() ? ""
                                                               : verdict.explanation.failures().front()->got,
                      "ID block given");
    if (!verdict.block) return;
    const IdBlock& block = *verdict.block;
    const auto match = [&](std::string_view name, const std::string& wanted, const std::string& got) {
        explanation.check(Stage::policy, name, wanted == got, encoding::to_hex(wanted), encoding::to_hex(got),
                          "ID block given");
    };
    match("id_block.launch_digest", block.launch_digest, report.measurement);
    match("id_block.family_id", block.family_id, report.family_id);
    match("id_block.image_id", block.image_id, report.image_id);
    match("id_block.id_key_digest", block.id_key_digest, report.id_key_digest);
    match("id_block.author_key_digest", block.author_key_digest.value_or(std::string(48, '\0')),
          report.author_key_digest);
    explanation.check(Stage::policy, "id_block.policy",
                      block.policy == report.policy && block.guest_svn == report.guest_svn,
                      std::format("policy {:#x}, guest SVN {}", block.policy, block.guest_svn),
                      std::format("policy {:#x}, guest SVN {}", report.policy, report.guest_svn),
                      "ID block given");
}

boost::json::object id_block_json(const IdBlock& block) {
    boost::json::object object{{"launch_digest", encoding::to_hex(block.launch_digest)},
                               {"family_id", encoding::to_hex(block.family_id)},
                               {"image_id", encoding::to_hex(block.image_id)},
                               {"version", block.version},
                               {"guest_svn", block.guest_svn},
                               {"policy", std::format("{:#x}", block.policy)},
                               {"id_key_digest", encoding::to_hex(block.id_key_digest)}};
    if (block.author_key_digest) object["author_key_digest"] = encoding::to_hex(*block.author_key_digest);
    return object;
}

} // namespace redoubt::tee::sev_snp
