// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Images as their makers make them, and disks as the host hands them over.

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <format>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <zlib.h>

#include "common/archive/tar_format.hpp"
#include "common/async/task.hpp"
#include "common/base/unique_fd.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/keys.hpp"
#include "common/encoding/base64.hpp"
#include "common/oci/encryption/layer_annotations.hpp"
#include "common/oci/signature/simple_signing.hpp"
#include "common/oci/signature/stored_signatures.hpp"
#include "guest-image/key_release/resource_source.hpp"

namespace redoubt::guest::image::maker {

inline constexpr std::string_view k_layer = "application/vnd.oci.image.layer.v1.tar+gzip";
inline constexpr std::string_view k_key_uri = "kbs:///images/key/app";

/// Runs a task on a loop of its own.
template <class T>
Result<T> await(Task<T> task) {
    asio::io_context io;
    std::optional<Result<T>> outcome;
    asio::co_spawn(io, std::move(task), [&outcome](const std::exception_ptr& error, Result<T> result) {
        if (error) std::rethrow_exception(error);
        outcome.emplace(std::move(result));
    });
    io.run();
    return std::move(outcome.value());
}

inline std::string digest_of(std::string_view bytes) {
    return crypto::digest_of(bytes).value().str();
}

inline crypto::Secret wrapping_key() {
    return crypto::Secret(std::string(32, 'k'));
}

/// A broker that has one key.
class OneKey final : public key_release::ResourceSource {
  public:
    explicit OneKey(char filling = 'k') : filling_(filling) {}
    Task<crypto::Secret> get(std::string uri) override {
        ++asked;
        if (uri != k_key_uri) co_return fail(Code::not_found, "{}: the broker has none", uri);
        co_return crypto::Secret(std::string(32, filling_));
    }
    int asked = 0;

  private:
    char filling_;
};

struct TarFile {
    archive::Entry entry;
    std::string bytes = {};
};

inline std::string make_tar(const std::vector<TarFile>& files) {
    std::string tar;
    for (auto file : files) {
        if (file.entry.kind == archive::EntryKind::file) file.entry.size_bytes = file.bytes.size();
        if (file.entry.mode == 0) file.entry.mode = 0644;
        tar += archive::render_entry(file.entry) + file.bytes;
        tar += std::string(archive::padding_of(file.bytes.size()), '\0');
    }
    return tar + archive::render_end();
}
inline std::string make_tar(const std::string& name, const std::string& bytes) {
    return make_tar({{.entry = {.path = name}, .bytes = bytes}});
}

inline std::string gzip(std::string_view bytes) {
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, bytes.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data())); // NOLINT: zlib only reads it
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(out.size() - stream.avail_out);
    deflateEnd(&stream);
    return out;
}

/// A layer of a manifest, with its blob.
struct Layer {
    std::string type{k_layer};
    std::string blob;
    std::string diff_id;
    std::map<std::string, std::string> annotations = {};
};

inline Layer plain_layer(const std::string& tar) {
    return {.blob = gzip(tar), .diff_id = digest_of(tar)};
}
inline Layer encrypted_layer(const std::string& tar) {
    auto layer = plain_layer(tar);
    auto encryptor = oci::encryption::LayerEncryptor::make().value();
    if (!encryptor.encrypt(layer.blob)) std::abort();
    const auto finished = encryptor.finish().value();
    const auto packet =
        oci::encryption::wrap_layer_key(finished.key, std::string(k_key_uri), wrapping_key()).value();
    layer.type += "+encrypted";
    layer.annotations = oci::encryption::render_layer_seal({.packets = {packet}, .hmac = finished.hmac});
    return layer;
}

inline std::string descriptor(std::string_view type, std::string_view bytes, std::string_view annotations) {
    return std::format(R"({{"mediaType":"{}","digest":"{}","size":{},"annotations":{{{}}}}})", type,
                       digest_of(bytes), bytes.size(), annotations);
}

struct Image {
    std::string manifest;
    std::string config;
    std::vector<std::string> blobs;

    [[nodiscard]] std::string reference() const { return "registry.example/app@" + digest_of(manifest); }
};

inline Image make_image(const std::vector<Layer>& layers) {
    Image image;
    std::string diff_ids;
    std::string descriptors;
    for (const auto& layer : layers) {
        diff_ids += (diff_ids.empty() ? "\"" : ",\"") + layer.diff_id + "\"";
        std::string annotations;
        for (const auto& [key, value] : layer.annotations)
            annotations += (annotations.empty() ? "" : ",") + std::format(R"("{}":"{}")", key, value);
        descriptors += (descriptors.empty() ? "" : ",") + descriptor(layer.type, layer.blob, annotations);
        image.blobs.push_back(layer.blob);
    }
    image.config = std::format(
        R"({{"os":"linux","architecture":"amd64","rootfs":{{"type":"layers","diff_ids":[{}]}}}})", diff_ids);
    image.manifest =
        std::format(R"({{"schemaVersion":2,"config":{},"layers":[{}]}})",
                    descriptor("application/vnd.oci.image.config.v1+json", image.config, ""), descriptors);
    return image;
}

inline oci::signature::StoredSignature sign(std::string_view manifest, const crypto::PrivateKey& key,
                                            const std::string& name = "registry.example/app") {
    auto payload = oci::signature::render_payload({name, crypto::digest_of(manifest).value()});
    auto signature = oci::signature::sign_payload(key, payload).value();
    return {std::move(payload), std::move(signature)};
}
inline std::string signatures_of(const std::vector<oci::signature::StoredSignature>& signatures) {
    return oci::signature::render_signatures(signatures);
}
inline std::string pem_of(const crypto::PublicKey& key) {
    return "-----BEGIN PUBLIC KEY-----\n" + encoding::to_base64(key.spki()) + "\n-----END PUBLIC KEY-----\n";
}
/// Every image needs a signature by this key.
inline std::string policy_for(const crypto::PublicKey& key) {
    return std::format(R"({{"default":[{{"type":"sigstoreSigned","keyData":"{}"}}]}})",
                       encoding::to_base64(pem_of(key)));
}

/// A folder that goes with this value.
class Folder {
  public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "guest-image-XXXXXX").native();
        if (::mkdtemp(name.data()) == nullptr) std::abort();
        path_ = name;
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] UniqueFd open() const {
        return UniqueFd(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    }

  private:
    std::filesystem::path path_;
};

/// A file without a name that holds these bytes, to be read from its beginning.
inline UniqueFd file_of(std::string_view bytes) {
    UniqueFd file(
        ::open(std::filesystem::temp_directory_path().c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600));
    if (!file || ::pwrite(file.get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        std::abort();
    return file;
}
/// A disk as the host makes it: whole sectors.
inline UniqueFd disk_of(std::string bytes) {
    bytes.resize((bytes.size() + 511) / 512 * 512);
    return file_of(bytes);
}

} // namespace redoubt::guest::image::maker
