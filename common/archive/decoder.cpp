// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/archive/decoder.hpp"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>

namespace redoubt::archive {
namespace {

constexpr std::string_view k_gzip_magic = "\x1f\x8b";
constexpr std::string_view k_zstd_magic = "\x28\xb5\x2f\xfd";
constexpr int k_zstd_max_window = 27; // 128 MiB; what the zstd tool accepts without being asked

class PlainDecoder final : public Decoder {
  public:
    Result<Step> decode(std::string_view input, std::string& output) override {
        const auto size = std::min(input.size(), output.size());
        std::memcpy(output.data(), input.data(), size);
        return Step{size, size};
    }
    Status finish() const override { return {}; }
};

class GzipDecoder final : public Decoder {
  public:
    GzipDecoder() { is_ready_ = inflateInit2(&stream_, 15 + 16) == Z_OK; } // 16: gzip frame, not zlib's
    GzipDecoder(const GzipDecoder&) = delete;
    GzipDecoder& operator=(const GzipDecoder&) = delete;
    GzipDecoder(GzipDecoder&&) = delete;
    GzipDecoder& operator=(GzipDecoder&&) = delete;
    ~GzipDecoder() override { inflateEnd(&stream_); }

    Result<Step> decode(std::string_view input, std::string& output) override {
        if (!is_ready_) return fail(Code::resource_exhausted, "no memory to decompress");
        if (is_between_members_) {
            if (input.empty()) return Step{};
            if (input.front() != k_gzip_magic.front())
                return fail(Code::data_loss, "there are foreign bytes behind the gzip stream");
            inflateReset(&stream_);
            is_between_members_ = false;
        }
        // zlib does not write to its input, but its C interface does not say so.
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
        stream_.avail_in = static_cast<uInt>(input.size());
        stream_.next_out = reinterpret_cast<Bytef*>(output.data());
        stream_.avail_out = static_cast<uInt>(output.size());
        const int outcome = inflate(&stream_, Z_NO_FLUSH);
        if (outcome == Z_STREAM_END)
            is_between_members_ = true;
        else if (outcome != Z_OK && outcome != Z_BUF_ERROR)
            return fail(Code::data_loss, "the gzip stream is damaged: {}",
                        stream_.msg != nullptr ? stream_.msg : "unknown");
        return Step{input.size() - stream_.avail_in, output.size() - stream_.avail_out};
    }
    Status finish() const override {
        if (!is_between_members_) return fail(Code::data_loss, "the gzip stream ends early");
        return {};
    }

  private:
    z_stream stream_{};
    bool is_ready_ = false;
    bool is_between_members_ = false;
};

class ZstdDecoder final : public Decoder {
  public:
    ZstdDecoder() : context_(ZSTD_createDCtx()) {
        ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, k_zstd_max_window);
    }

    Result<Step> decode(std::string_view input, std::string& output) override {
        if (is_between_frames_ && input.empty()) return Step{};
        ZSTD_inBuffer in{input.data(), input.size(), 0};
        ZSTD_outBuffer out{output.data(), output.size(), 0};
        const auto outcome = ZSTD_decompressStream(context_.get(), &out, &in);
        if (ZSTD_isError(outcome) != 0)
            return fail(Code::data_loss, "the zstd stream is damaged: {}", ZSTD_getErrorName(outcome));
        is_between_frames_ = outcome == 0;
        return Step{in.pos, out.pos};
    }
    Status finish() const override {
        if (!is_between_frames_) return fail(Code::data_loss, "the zstd stream ends early");
        return {};
    }

  private:
    struct Free {
        void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
    };
    std::unique_ptr<ZSTD_DCtx, Free> context_;
    bool is_between_frames_ = true;
};

} // namespace

Compression compression_of(std::string_view start) {
    if (start.starts_with(k_gzip_magic)) return Compression::gzip;
    if (start.starts_with(k_zstd_magic)) return Compression::zstd;
    return Compression::none;
}

std::unique_ptr<Decoder> make_decoder(Compression compression) {
    switch (compression) {
    case Compression::gzip: return std::make_unique<GzipDecoder>();
    case Compression::zstd: return std::make_unique<ZstdDecoder>();
    case Compression::none: break;
    }
    return std::make_unique<PlainDecoder>();
}

Status DecodedStream::refill(const ByteSource& source) {
    RDT_TRY(rest_, source());
    is_at_end_ = rest_.empty();
    return {};
}

Status DecodedStream::begin(const ByteSource& source) {
    RDT_CHECK(refill(source));
    decoder_ = make_decoder(compression_of(rest_));
    return {};
}

Result<std::string_view> DecodedStream::read(const ByteSource& source) {
    if (!decoder_) RDT_CHECK(begin(source));
    for (;;) {
        if (rest_.empty() && !is_at_end_) RDT_CHECK(refill(source));
        RDT_TRY(const auto step, decoder_->decode(rest_, output_));
        rest_.remove_prefix(step.consumed);
        if (step.produced > 0) return std::string_view(output_).substr(0, step.produced);
        if (rest_.empty() && is_at_end_) {
            RDT_CHECK(decoder_->finish());
            return std::string_view();
        }
        if (step.consumed == 0 && !rest_.empty())
            return fail(Code::data_loss, "the compressed stream makes no progress");
    }
}

} // namespace redoubt::archive
