// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/signed_image.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <format>

#include "common/base/file.hpp"
#include "common/encoding/json.hpp"
#include "common/oci/reference.hpp"
#include "common/oci/signature/simple_signing.hpp"

namespace redoubt::ctl {
namespace {

namespace fs = std::filesystem;
namespace bj = boost::json;
namespace sig = oci::signature;

constexpr const char* k_ref_name = "org.opencontainers.image.ref.name";
constexpr std::size_t k_max_signatures = 64;

/// A signature as it is stored.
struct Stored {
    std::string payload;
    std::string signature; ///< base64
};

/// A layout folder whose index is changed in place.
class Layout {
  public:
    explicit Layout(fs::path folder) : folder_(std::move(folder)) {}

    /// The signatures under a tag; none is no error.
    [[nodiscard]] Result<std::vector<Stored>> signatures(const std::string& tag) const {
        std::vector<Stored> found;
        RDT_TRY(const auto index_text, read_file(folder_ / "index.json", oci::k_max_manifest_bytes));
        RDT_TRY(const auto index, oci::parse_index(index_text));
        for (const auto& entry : index.manifests) {
            const auto name = entry.annotations.find(k_ref_name);
            if (name == entry.annotations.end() || name->second != tag) continue;
            RDT_TRY(const auto text, read(entry.digest, oci::k_max_manifest_bytes));
            RDT_CHECK(read_signatures(text, found));
        }
        return found;
    }

    /// Puts an image of these signatures under the tag, in the place of the one that was there.
    Status store(const std::string& tag, const std::vector<Stored>& signatures) const {
        bj::array layers;
        bj::array diff_ids;
        for (const auto& one : signatures) {
            RDT_TRY(const auto digest, write(one.payload));
            diff_ids.emplace_back(digest);
            layers.push_back({{"mediaType", sig::k_payload_type},
                              {"digest", digest},
                              {"size", one.payload.size()},
                              {"annotations", bj::object{{sig::k_signature_annotation, one.signature}}}});
        }
        const auto config = bj::serialize(
            bj::object{{"architecture", ""},
                       {"os", ""},
                       {"config", bj::object()},
                       {"rootfs", bj::object{{"type", "layers"}, {"diff_ids", std::move(diff_ids)}}}});
        RDT_TRY(const auto config_digest, write(config));
        const auto manifest = bj::serialize(bj::object{{"schemaVersion", 2},
                                                       {"mediaType", oci::k_oci_manifest},
                                                       {"config", bj::object{{"mediaType", oci::k_oci_config},
                                                                             {"digest", config_digest},
                                                                             {"size", config.size()}}},
                                                       {"layers", std::move(layers)}});
        RDT_TRY(const auto manifest_digest, write(manifest));
        return list(tag, manifest_digest, manifest.size());
    }

  private:
    [[nodiscard]] fs::path path_of(const crypto::Digest& digest) const {
        return folder_ / "blobs" / crypto::name_of(digest.algorithm()) / digest.hex();
    }
    [[nodiscard]] Result<std::string> read(const crypto::Digest& digest, std::size_t most) const {
        RDT_TRY(auto text, read_file(path_of(digest), most));
        RDT_TRY(const auto found, crypto::digest_of(text, digest.algorithm()));
        if (found == digest) return text;
        return fail(Code::data_loss, "blob {} is {}", digest.str(), found.str());
    }
    [[nodiscard]] Result<std::string> write(std::string_view bytes) const {
        RDT_TRY(const auto digest, crypto::digest_of(bytes));
        RDT_CHECK(write_file(path_of(digest), bytes));
        return digest.str();
    }
    Status read_signatures(const std::string& manifest, std::vector<Stored>& found) const {
        RDT_TRY(const auto document, json::parse("signatures", manifest));
        RDT_TRY(const auto layers, document.root()["layers"].array());
        if (layers.size() > k_max_signatures)
            return fail(Code::resource_exhausted, "more than {} signatures", k_max_signatures);
        for (const auto& layer : layers) {
            RDT_TRY(const auto type, layer["mediaType"].string());
            if (type != sig::k_payload_type) continue;
            RDT_TRY(const auto text, layer["digest"].string());
            RDT_TRY(const auto digest, crypto::Digest::parse(text));
            Stored one;
            RDT_TRY(one.payload, read(digest, sig::k_max_payload_bytes));
            RDT_TRY(one.signature, layer["annotations"][sig::k_signature_annotation].string());
            found.push_back(std::move(one));
        }
        return {};
    }
    Status list(const std::string& tag, const std::string& digest, std::size_t size) const {
        RDT_TRY(const auto text, read_file(folder_ / "index.json", oci::k_max_manifest_bytes));
        RDT_TRY(const auto document, json::parse("index", text));
        RDT_CHECK(document.root().expect_object());
        RDT_TRY(const auto old, document.root()["manifests"].array());
        auto index = document.root().value()->as_object();
        bj::array entries;
        for (const auto& entry : old) {
            RDT_TRY(const auto name, entry["annotations"][k_ref_name].string_or());
            if (name != tag) entries.push_back(*entry.value());
        }
        entries.push_back({{"mediaType", oci::k_oci_manifest},
                           {"digest", digest},
                           {"size", size},
                           {"annotations", bj::object{{k_ref_name, tag}}}});
        index["manifests"] = std::move(entries);
        return write_file(folder_ / "index.json", bj::serialize(index));
    }

    fs::path folder_;
};

/// The image that is meant; one beside whose signatures it lies is the only other one.
Result<oci::Descriptor> find_image(const SignatureWish& wish) {
    if (wish.place.kind != ImagePlace::Kind::layout)
        return fail(Code::unimplemented, "{}: signatures are kept in a layout folder, not in an archive",
                    wish.place.path.native());
    RDT_TRY(const auto text, read_file(wish.place.path / "index.json", oci::k_max_manifest_bytes));
    RDT_TRY(const auto index, oci::parse_index(text));
    auto tag = wish.place.tag;
    std::vector<std::string> tags;
    for (const auto& entry : index.manifests) {
        const auto name = entry.annotations.find(k_ref_name);
        const auto found = name == entry.annotations.end() ? std::string() : name->second;
        const bool is_signature = found.starts_with("sha256-") && found.ends_with(".sig");
        if (!is_signature && (tag.empty() || found == tag)) tags.push_back(entry.digest.str());
    }
    // What is signed is what a puller asks for: the index where there is one, which binds all platforms.
    for (const auto& entry : index.manifests)
        if (tags.size() == 1 && entry.digest.str() == tags.front()) return entry;
    if (tags.empty()) return fail(Code::not_found, "{}: no image '{}'", wish.place.path.native(), tag);
    return fail(Code::invalid_argument, "{}: several images, say which by its tag", wish.place.path.native());
}

bool is_named(const std::string& wanted, const std::string& found) {
    if (wanted.empty()) return true;
    const auto left = oci::parse_reference(wanted);
    const auto right = oci::parse_reference(found);
    return left && right && left->name() == right->name();
}

} // namespace

Result<ImageSignature> sign_image(const SignatureWish& wish, const crypto::PrivateKey& key) {
    RDT_CHECK(oci::parse_reference(wish.reference));
    RDT_TRY(const auto image, find_image(wish));
    const Layout layout(wish.place.path);
    const auto tag = sig::signature_tag(image.digest);
    RDT_TRY(auto signatures, layout.signatures(tag));
    if (signatures.size() == k_max_signatures)
        return fail(Code::resource_exhausted, "there are {} signatures already", k_max_signatures);
    Stored one{sig::render_payload({wish.reference, image.digest}), {}};
    RDT_TRY(one.signature, sig::sign_payload(key, one.payload));
    signatures.push_back(std::move(one));
    RDT_CHECK(layout.store(tag, signatures));
    return ImageSignature{image.digest.str(), tag, wish.reference};
}

Result<std::vector<ImageSignature>> verify_image(const SignatureWish& wish, const crypto::PublicKey& key) {
    RDT_TRY(const auto image, find_image(wish));
    const auto tag = sig::signature_tag(image.digest);
    RDT_TRY(const auto signatures, Layout(wish.place.path).signatures(tag));
    if (signatures.empty()) return fail(Code::not_found, "image {} has no signatures", image.digest.str());
    std::vector<ImageSignature> good;
    std::string others;
    for (const auto& one : signatures) {
        if (!sig::verify_payload(key, one.payload, one.signature)) continue;
        RDT_TRY(const auto said, sig::parse_payload(one.payload));
        if (said.manifest == image.digest && is_named(wish.reference, said.reference))
            good.push_back({image.digest.str(), tag, said.reference});
        else
            others += std::format("{}{}@{}", others.empty() ? "" : ", ", said.reference, said.manifest.str());
    }
    if (!good.empty()) return good;
    if (others.empty())
        return fail(Code::permission_denied, "none of the {} signatures of image {} is of this key",
                    signatures.size(), image.digest.str());
    return fail(Code::permission_denied, "this key signed {}, not {}@{}", others, wish.reference,
                image.digest.str());
}

} // namespace redoubt::ctl
