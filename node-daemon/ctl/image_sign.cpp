// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/base/file.hpp"
#include "node-daemon/ctl/json_text.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/signed_image.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

boost::json::object to_json(const ImageSignature& signature) {
    return {{"manifest_digest", signature.manifest_digest},
            {"reference", signature.reference},
            {"tag", signature.tag}};
}

Result<SignatureWish> wish_of(const ImageSignatureOptions& options) {
    SignatureWish wish;
    RDT_TRY(wish.place, parse_image_place(options.image));
    wish.reference = options.reference;
    return wish;
}

} // namespace

Result<int> image_sign(const Invocation& invocation) {
    const auto& options = std::get<ImageSignOptions>(invocation.verb);
    RDT_TRY(const auto wish, wish_of(options));
    RDT_TRY(auto text, read_file(options.key_file, 65536));
    const crypto::Secret pem(std::move(text));
    RDT_TRY(const auto key,
            crypto::PrivateKey::parse_pem(pem.view()).transform_error(context("{}", options.key_file)));
    RDT_TRY(const auto signature, sign_image(wish, key).transform_error(context("sign {}", options.image)));
    RDT_CHECK(print(invocation.json ? indented(to_json(signature)) : signature.tag + "\n"));
    return 0;
}

Result<int> image_verify(const Invocation& invocation) {
    const auto& options = std::get<ImageVerifyOptions>(invocation.verb);
    RDT_TRY(const auto wish, wish_of(options));
    RDT_TRY(const auto text, read_file(options.key_file, 65536));
    RDT_TRY(const auto key, crypto::PublicKey::parse(text).transform_error(context("{}", options.key_file)));
    RDT_TRY(const auto good, verify_image(wish, key).transform_error(context("verify {}", options.image)));
    boost::json::array array;
    std::string lines;
    for (const auto& signature : good) {
        array.push_back(to_json(signature));
        lines += signature.reference + "@" + signature.manifest_digest + "\n";
    }
    RDT_CHECK(print(invocation.json ? indented(array) : lines));
    return 0;
}

} // namespace redoubt::ctl
