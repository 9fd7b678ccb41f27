// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/kms/rollback_counter.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "common/base/file.hpp"
#include "common/crypto/aead.hpp"
#include "common/encoding/hex.hpp"
#include "common/encoding/json.hpp"
#include "services/kms/folder_owner.hpp"

namespace redoubt::services::kms {
namespace {

namespace bj = boost::json;
using crypto::Secret;

constexpr std::size_t k_max_file = 4096;
constexpr std::string_view k_format = "redoubt-kbs-counter-1";

class FileCounter final : public RollbackCounter {
  public:
    FileCounter(Secret key, std::string store_id, std::filesystem::path file)
        : key_(std::move(key)), store_id_(std::move(store_id)), file_(std::move(file)) {}

    [[nodiscard]] std::string_view kind() const override { return "file"; }

    Result<std::optional<std::uint64_t>> read() override {
        const auto text = read_file(file_, k_max_file);
        if (!text && text.error().code == Code::not_found) return std::nullopt;
        if (!text) return std::unexpected(text.error());
        RDT_TRY(const auto document, json::parse(file_.native(), *text));
        RDT_TRY(const auto store, document.root()["store"].string());
        RDT_TRY(const auto value, document.root()["value"].unsigned_integer());
        RDT_TRY(const auto code, document.root()["code"].string());
        if (store != store_id_)
            return fail(Code::data_loss, "{}: the counter of another store", file_.native());
        RDT_TRY(const auto expected, code_of(value));
        if (!crypto::equal_in_constant_time(code, expected))
            return fail(Code::data_loss, "{}: the counter was changed", file_.native());
        return value;
    }

    Result<std::uint64_t> make() override {
        RDT_CHECK(rise_to(1));
        return 1;
    }

    [[nodiscard]] std::chrono::milliseconds least_pause() const override { return {}; }

    Status rise_to(std::uint64_t value) override {
        RDT_TRY(const auto code, code_of(value));
        const auto text =
            bj::serialize(bj::object{{"store", store_id_}, {"value", value}, {"code", code}}) + "\n";
        const auto temporary = file_.native() + ".new";
        const auto folder = file_.has_parent_path() ? file_.parent_path() : ".";
        {
            RDT_TRY(const auto fd, open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600));
            RDT_CHECK(give_to_folders_owner(fd.get(), folder));
            RDT_CHECK(write_all(fd.get(), text).transform_error(context("{}", temporary)));
            if (::fsync(fd.get()) != 0) return fail_errno(errno, "write {}", temporary);
        }
        if (std::rename(temporary.c_str(), file_.c_str()) != 0)
            return fail_errno(errno, "rename to {}", file_.native());
        RDT_TRY(const auto fd, open_file(folder, O_RDONLY | O_DIRECTORY));
        if (::fsync(fd.get()) != 0) return fail_errno(errno, "write {}", file_.native());
        return {};
    }

  private:
    Result<std::string> code_of(std::uint64_t value) const {
        const auto text = std::string(k_format) + "|" + store_id_ + "|" + std::to_string(value);
        return crypto::hmac_sha256(key_.view(), text).transform(&encoding::to_hex);
    }

    Secret key_;
    std::string store_id_;
    std::filesystem::path file_;
};

class TpmCounter final : public RollbackCounter {
  public:
    TpmCounter(Secret auth, TpmCounterPlace place) : auth_(std::move(auth)), place_(std::move(place)) {}

    [[nodiscard]] std::string_view kind() const override { return "tpm"; }

    Result<std::optional<std::uint64_t>> read() override {
        RDT_TRY(const auto tpm, Tpm::open(place_.tpm));
        return tpm->read_counter(place_.index, auth_);
    }

    Result<std::uint64_t> make() override {
        RDT_TRY(const auto tpm, Tpm::open(place_.tpm));
        RDT_CHECK(tpm->define_counter(place_.index, auth_));
        RDT_CHECK(tpm->advance_counter(place_.index, auth_));
        RDT_TRY(const auto value, tpm->read_counter(place_.index, auth_));
        if (!value) return fail(Code::internal, "TPM counter {:#010x}: it is not there", place_.index);
        return *value;
    }

    Status rise_to(std::uint64_t value) override {
        RDT_TRY(const auto tpm, Tpm::open(place_.tpm));
        RDT_TRY(const auto reached, tpm->read_counter(place_.index, auth_));
        // The answer to an earlier call may have been lost.
        if (reached == value) return {};
        if (!reached || *reached + 1 != value)
            return fail(Code::data_loss, "TPM counter {:#010x}: it is not where it was left", place_.index);
        return tpm->advance_counter(place_.index, auth_);
    }

    [[nodiscard]] std::chrono::milliseconds least_pause() const override { return place_.least_pause; }

  private:
    Secret auth_;
    TpmCounterPlace place_;
};

} // namespace

Result<std::unique_ptr<RollbackCounter>> make_file_counter(const RootKey& root, std::string_view store_id,
                                                           std::filesystem::path file) {
    RDT_TRY(auto key, root.derive("rollback counter, file"));
    return std::make_unique<FileCounter>(std::move(key), std::string(store_id), std::move(file));
}

Result<std::unique_ptr<RollbackCounter>> make_tpm_counter(const RootKey& root, std::string_view store_id,
                                                          TpmCounterPlace place) {
    // Of this store too, so that another one under the same root key has none of its numbers.
    RDT_TRY(auto auth, root.derive("rollback counter, TPM, " + std::string(store_id)));
    return std::make_unique<TpmCounter>(std::move(auth), std::move(place));
}

} // namespace redoubt::services::kms
